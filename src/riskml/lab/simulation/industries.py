"""Industries of GB/T 4754-2017: sections A–T, real divisions and classes, and what their enterprises do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from riskml.lab.simulation.calendar import Floats, Integers


@dataclass(frozen=True)
class Industry:
    """A class of GB/T 4754-2017.

    Parameters
    ----------
    code
        Section letter and class, such as ``F5211``. The first two digits are the division.
    word
        What it is called in an enterprise's name.
    weight
        Its share of the enterprises, relative to the others.
    consumer
        Complaints relative to the average enterprise.
    domain
        The field in which it is mostly supervised, and licensed where `licence` names a permit.
    """

    code: str
    word: str
    weight: float
    consumer: float
    domain: str
    licence: str


_CLASSES = """
A0111 粮食种植 6 .1 other -
A0141 蔬菜种植 7 .1 other -
A0151 水果种植 5 .1 other -
A0164 茶叶种植 4 .2 product_quality -
A0220 林业 2 .1 environment -
A0212 林木育苗 1 .1 environment -
A0311 肉牛养殖 3 .1 other 动物防疫条件合格证
A0313 生猪养殖 5 .1 environment 动物防疫条件合格证
A0321 养鸡 3 .1 environment 动物防疫条件合格证
A0412 渔业 1 .1 other -
A0512 农业机械服务 3 .1 other -
B0610 煤业 .6 .1 safety 安全生产许可证
B0810 铁矿 .3 .1 safety 安全生产许可证
B0912 铅锌矿业 .4 .1 safety 安全生产许可证
B1012 石材开采 .9 .1 safety 安全生产许可证
C1311 粮油加工 2 .4 food 食品生产许可证
C1353 肉制品 1 .6 food 食品生产许可证
C1411 糕点 1 .9 food 食品生产许可证
C1469 调味品 1 .5 food 食品生产许可证
C1512 酒业 1.5 .7 food 食品生产许可证
C1530 茶业 3 .6 food 食品生产许可证
C1620 烟草制品 .1 .1 other -
C1711 纺织 .4 .1 product_quality -
C1819 服饰 .8 .3 product_quality -
C1952 鞋业 .3 .3 product_quality -
C2011 木业 1.5 .2 environment -
C2110 家具 1 .7 product_quality -
C2231 纸制品 .6 .1 environment -
C2319 印务 1 .2 culture 印刷经营许可证
C2431 工艺美术 1 .4 product_quality -
C2511 石化 .1 .1 safety 安全生产许可证
C2614 化工 .7 .1 safety 安全生产许可证
C2720 药业 .4 .4 drug 药品生产许可证
C2730 中药饮片 .6 .4 drug 药品生产许可证
C2921 塑料制品 1 .1 environment -
C3021 建材 2.5 .2 environment -
C3031 砖瓦 1.2 .1 environment -
C3110 钢铁 .2 .1 environment -
C3211 有色金属 .3 .1 environment -
C3311 钢结构 1.5 .2 product_quality -
C3411 机械 .6 .1 product_quality -
C3581 医疗器械 .4 .4 medical_device 医疗器械生产许可证
C3611 汽车制造 .1 .4 product_quality -
C3741 航空器材 .1 .1 product_quality -
C3821 电气 .5 .2 product_quality 强制性产品认证
C3911 电子 .4 .3 product_quality -
C4090 仪器仪表 .2 .1 metrology 计量器具型式批准
C4190 日用制品 .4 .2 product_quality -
C4210 再生资源 .8 .1 environment -
C4320 设备维修 .4 .2 special_equipment 特种设备生产许可证
D4413 水电 .8 .2 safety 电力业务许可证
D4416 新能源 .8 .2 safety 电力业务许可证
D4511 燃气 .4 1.0 special_equipment 气瓶充装许可证
D4610 供水 .4 1.0 metrology -
E4710 建筑 14 .2 safety 建筑业企业资质
E4812 路桥工程 5 .1 safety 建筑业企业资质
E4910 安装工程 4 .2 special_equipment 特种设备生产许可证
E5011 装饰工程 10 .9 safety 建筑业企业资质
F5112 农产品 10 .2 food -
F5127 食品贸易 8 .5 food 食品经营许可证
F5137 日用品 8 .3 product_quality -
F5152 医药 1.5 .4 drug 药品经营许可证
F5154 医疗器械贸易 2.5 .3 medical_device 医疗器械经营许可证
F5165 建材贸易 16 .2 product_quality -
F5179 机电设备 9 .1 product_quality -
F5199 商贸 22 .3 other -
F5211 百货 5 1.6 consumer 食品经营许可证
F5212 超市 6 1.8 food 食品经营许可证
F5229 副食 5 1.4 food 食品经营许可证
F5234 化妆品 3 1.8 product_quality -
F5251 大药房 8 1.3 drug 药品经营许可证
F5261 汽车销售 4 2.4 consumer -
F5273 数码科技 4 1.8 consumer -
F5283 家居建材 5 1.4 product_quality -
F5292 电子商务 9 2.6 advertising -
G5339 铁路物资 .2 .2 other -
G5421 客运 1 1.2 price 道路运输经营许可证
G5431 物流 9 .5 metrology 道路运输经营许可证
G5523 航运 .1 .3 safety -
G5621 通用航空 .1 .4 safety -
G5821 货运代理 2 .4 other -
G5990 仓储 1.2 .2 safety -
G6020 快递 2 2.2 consumer 快递业务经营许可证
H6110 酒店 3 1.8 price 特种行业许可证
H6130 民宿 3 1.9 price 特种行业许可证
H6210 餐饮 9 2.4 food 食品经营许可证
H6220 快餐 3 2.4 food 食品经营许可证
H6233 酒吧 1 2.0 food 食品经营许可证
I6311 通信 1 2.0 consumer 增值电信业务经营许可证
I6432 网络科技 5 1.5 advertising 增值电信业务经营许可证
I6513 软件 9 .5 intellectual_property -
I6531 信息技术 9 .4 intellectual_property -
J6635 小额贷款 .3 1.0 other 小额贷款经营许可
J6731 私募基金管理 .4 .4 other -
J6852 保险代理 .8 1.2 consumer 保险中介许可证
J6999 融资担保 .3 .8 other 融资担保业务经营许可证
K7010 房地产开发 4 1.8 consumer 房地产开发企业资质
K7020 物业服务 5 2.2 price -
K7030 房地产经纪 3 1.8 consumer -
L7111 汽车租赁 2 1.4 consumer -
L7241 财税咨询 4 .4 other -
L7249 企业管理咨询 10 .3 other -
L7251 广告传媒 9 .6 advertising -
L7263 人力资源 4 .8 labour 人力资源服务许可证
L7271 保安服务 1.5 .3 other 保安服务许可证
L7291 旅行社 3 2.4 culture 旅行社业务经营许可证
M7320 科技研发 4 .2 intellectual_property -
M7452 检测技术 1.5 .3 metrology 检验检测机构资质认定
M7484 工程设计 5 .2 safety -
M7512 生物科技 5 .5 food -
N7610 水利工程 .8 .1 environment -
N7722 环保科技 2.5 .2 environment -
N7840 园林绿化 4 .2 environment -
N7910 土地整治 .4 .1 environment -
O8010 家政服务 2.5 1.4 consumer -
O8040 美容美发 3 2.6 consumer 公共场所卫生许可证
O8111 汽车维修 5 1.8 consumer -
O8222 宠物服务 1 1.8 consumer 动物诊疗许可证
P8310 幼教 1.5 1.6 price 民办学校办学许可证
P8391 教育培训 4 2.6 consumer 民办学校办学许可证
Q8411 医院 1 1.6 medical_device 医疗机构执业许可证
Q8425 诊所 2 1.4 drug 医疗机构执业许可证
Q8514 养老服务 1 .9 price -
R8625 文化出版 .5 .4 culture 出版物经营许可证
R8730 影视传媒 2 .5 culture 广播电视节目制作经营许可证
R8810 文化艺术 3 .4 culture -
R8930 健身 2 2.8 consumer -
R9013 网吧 2 1.2 culture 网络文化经营许可证
S9522 行业服务 .2 .2 other -
T9700 国际事务服务 .05 .1 other -
"""


@cache
def industries() -> tuple[Industry, ...]:
    """All classes the province's enterprises work in.

    >>> len({industry.code[0] for industry in industries()})
    20
    """
    rows = (line.split() for line in _CLASSES.strip().splitlines())
    return tuple(
        Industry(code, word, float(weight), float(consumer), domain, "" if licence == "-" else licence)
        for code, word, weight, consumer, domain, licence in rows
    )


def industry_weights() -> Floats:
    """Each class's share of the enterprises. Sums to 1."""
    weights: Floats = np.array([industry.weight for industry in industries()])
    weights /= weights.sum()
    return weights


def consumer_intensity() -> Floats:
    """Each class's complaints relative to the average."""
    return np.array([industry.consumer for industry in industries()])


@cache
def divisions() -> tuple[str, ...]:
    """The two-digit divisions in use, sorted."""
    return tuple(sorted({industry.code[1:3] for industry in industries()}))


def division_positions() -> Integers:
    """For each class, the position of its division in `divisions`."""
    order = divisions()
    return np.array([order.index(industry.code[1:3]) for industry in industries()])
