# make demo: 全流程演示（模拟省份）。make test: 全部测试。两条命令都会自行安装所需环境。
# make demo runs the main job on a simulated province; make test runs every test. Both set up everything by themselves.
# make spark-test: Spark 与 DuckDB 逐项相等的测试（自行在 .venv-spark/ 安装 pyspark；没有 Java 17 时以 root 用 apt-get 安装）。
# make spark-test compares Spark with DuckDB, item by item; it installs pyspark into .venv-spark/ and, as root with apt-get, Java 17.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SPARK_BIN := .venv-spark/bin
DEMO := .demo
ENTERPRISES ?= 30000
SEED ?= 7

.PHONY: install demo test quick spark-test notebook lint lock offline clean

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "需要 Python 3.11 或更新版本；可用 make PYTHON=路径 指明。 Python 3.11 or later is needed; name it with make PYTHON=PATH."; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $(STAMP)

demo: install
	rm -rf $(DEMO)
	$(BIN)/riskml init $(DEMO)
	$(BIN)/riskml --workspace $(DEMO) simulate --enterprises $(ENTERPRISES) --seed $(SEED)
	$(BIN)/riskml --workspace $(DEMO) ingest simulated --from $(DEMO)/data/simulated --received 2026-11-01
	$(BIN)/riskml --workspace $(DEMO) train --scheme yunnan --as-of 2026-10-31
	$(BIN)/riskml --workspace $(DEMO) score --scheme all --as-of 2026-10-31

test: install
	$(BIN)/pytest -n auto

quick: install
	$(BIN)/pytest -n auto -m "not long"

spark-test: install
	@command -v java >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
		apt-get install -y -qq openjdk-17-jre-headless >/dev/null; } || { echo "需要 Java 17：apt-get install openjdk-17-jre-headless。 Java 17 is needed: apt-get install openjdk-17-jre-headless."; exit 2; }
	test -x $(SPARK_BIN)/python || $(PYTHON) -m venv .venv-spark
	$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python $(SPARK_BIN)/python requirements.lock requirements-spark.lock
	$(BIN)/uv pip install --quiet --python $(SPARK_BIN)/python --no-deps --editable .
	$(SPARK_BIN)/pytest tests/engines -rs --durations=5

# make notebook: 在浏览器中打开笔记本（另装 JupyterLab）。 make notebook opens the notebooks in a browser; it installs JupyterLab.
notebook: install
	$(BIN)/uv pip install --quiet --require-hashes --python $(BIN)/python --requirement requirements-notebook.lock
	cd notebooks && PATH="$(CURDIR)/$(BIN):$$PATH" $(CURDIR)/$(BIN)/jupyter lab --ip 127.0.0.1 \
		$$(test "$$(id -u)" != 0 || echo --allow-root)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --severity-level medium --configfile pyproject.toml src

# make offline: 写出 dist/ 中可在没有互联网的机器上安装的归档。 make offline writes the archive that installs without internet.
offline: install
	$(BIN)/python offline/build.py

lock:
	$(BIN)/uv pip compile pyproject.toml --group dev --generate-hashes --no-header --no-emit-index-url --no-annotate \
		--python-version 3.11 --universal --quiet --upgrade --output-file requirements.lock
	$(BIN)/uv pip compile --group spark --constraints requirements.lock --generate-hashes --no-header --no-emit-index-url --no-annotate \
		--python-version 3.11 --universal --quiet --upgrade --output-file requirements-spark.lock
	$(BIN)/uv pip compile pyproject.toml --extra notebook --constraints requirements.lock --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --python-version 3.11 --universal --quiet --upgrade --output-file requirements-notebook.lock

clean:
	rm -rf $(VENV) .venv-spark $(DEMO)
