"""Credit-risk classification of enterprises for market regulators (企业信用风险分类管理)."""

__version__ = "0.1.0"
