"""Which types of scikit-learn's may be in a model that is read from a file.

skops trusts every public estimator of scikit-learn's, which says that no code comes with it. It does not say that an
estimator survives any content: compiled code, libsvm's for one, reads arrays of a file without bounds and takes the
process down. A type stands here only once its use of its own content, when it predicts or
transforms, was reviewed: arrays used through numpy, which keeps bounds, or content that is checked
(`riskml.training.predictors.trusted`).

Not here, and why: support vectors with a kernel (libsvm), nearest neighbours (compiled, labels used as places),
boosting by histograms in a pipeline (nodes without bounds; by itself it is kept as trees), and whatever nobody has
reviewed.
"""

from __future__ import annotations

REVIEWED = frozenset(
    f"sklearn.{module}.{name}"
    for module, names in {
        "linear_model": "LogisticRegression LogisticRegressionCV RidgeClassifier RidgeClassifierCV SGDClassifier "
        "Perceptron PassiveAggressiveClassifier LinearRegression Ridge Lasso ElasticNet BayesianRidge "
        "Hinge SquaredHinge ModifiedHuber",  # the last three are losses: a number each
        "svm": "LinearSVC",  # liblinear fits it, numpy predicts
        "discriminant_analysis": "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis",
        "naive_bayes": "GaussianNB BernoulliNB MultinomialNB ComplementNB CategoricalNB",
        "neural_network": "MLPClassifier AdamOptimizer SGDOptimizer",
        "tree": "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor Tree",
        "ensemble": "RandomForestClassifier ExtraTreesClassifier GradientBoostingClassifier AdaBoostClassifier "
        "BaggingClassifier VotingClassifier StackingClassifier",
        "_loss": "CyHalfBinomialLoss CyExponentialLoss HalfBinomialLoss ExponentialLoss LogitLink HalfLogitLink "
        "Interval",  # of boosting, and of SGDClassifier
        "calibration": "CalibratedClassifierCV _CalibratedClassifier _SigmoidCalibration",
        "dummy": "DummyClassifier",  # boosting begins with one
        "frozen": "FrozenEstimator",
        "pipeline": "Pipeline FeatureUnion",
        "compose": "ColumnTransformer",
        "impute": "SimpleImputer MissingIndicator",
        "preprocessing": "StandardScaler MinMaxScaler MaxAbsScaler RobustScaler Normalizer Binarizer PowerTransformer "
        "QuantileTransformer KBinsDiscretizer OneHotEncoder OrdinalEncoder PolynomialFeatures FunctionTransformer "
        "LabelBinarizer LabelEncoder",
        "feature_selection": "VarianceThreshold SelectFromModel SelectKBest SelectPercentile RFE RFECV",
        "decomposition": "PCA TruncatedSVD",
        "kernel_approximation": "Nystroem RBFSampler",
        "utils": "Bunch",
    }.items()
    for name in names.split()
)
"""By their public names."""


def is_reviewed(name: str) -> bool:
    """Whether a type may be in a file, as far as it is for us to say; skops and its list say the rest.

    Parameters
    ----------
    name
        Module and class, as a file of skops names them.

    Examples
    --------
    >>> is_reviewed("sklearn.linear_model._logistic.LogisticRegression"), is_reviewed("sklearn.svm._classes.SVC")
    (True, False)
    """
    library, *inside = name.split(".")
    if library == "sklearn":
        return ".".join([library, *inside[:1], inside[-1]]) in REVIEWED
    if library == "scipy":  # its functions of numbers alone: a sparse matrix is read without bounds
        return inside[0] == "special"
    return not name.startswith("numpy.random.") or name.endswith(".RandomState")
