"""The files that GitHub, Codespaces and pre-commit read are valid and name what is there."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tools.links import repository
from tools.setup_env import NEWEST, OLDEST

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("[0-9]_*.yml"))


def load(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_pre_commit_fetches_nothing():
    (repo,) = load(".pre-commit-config.yaml")["repos"]
    assert repo["repo"] == "local"
    assert [hook["language"] for hook in repo["hooks"]] == ["system"]


def test_each_commit_is_checked_whatever_kind_of_file_it_changes():
    (hook,) = load(".pre-commit-config.yaml")["repos"][0]["hooks"]
    assert not {"types", "types_or", "exclude_types", "files", "exclude"} & set(hook)
    assert hook["pass_filenames"] is False  # a broken link may be in another file


@pytest.mark.skipif(sys.platform == "win32", reason="needs sh")
@pytest.mark.parametrize("folder", ["bin", "Scripts"])
def test_the_hook_runs_the_python_of_venv(tmp_path, folder):
    (hook,) = load(".pre-commit-config.yaml")["repos"][0]["hooks"]
    python = tmp_path / ".venv" / folder / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@" > told\nexit 7\n')
    python.chmod(0o755)
    done = subprocess.run(hook["entry"], shell=True, cwd=tmp_path)
    assert done.returncode == 7
    assert (tmp_path / "told").read_text() == "-m tools.check style\n"


@pytest.mark.parametrize("path", FORMS, ids=[path.stem for path in FORMS])
def test_an_issue_form_has_the_shape_that_github_asks_for(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form.keys() == {"name", "description", "labels", "body"}
    assert set(form["labels"]) <= {"bug", "documentation", "enhancement"}  # every project has them
    ids = [field["id"] for field in form["body"]]
    assert len(set(ids)) == len(ids)
    for field in form["body"]:
        assert field["type"] in {"textarea", "input", "dropdown"}
        assert field["attributes"]["label"]
        assert ("options" in field["attributes"]) == (field["type"] == "dropdown")


def test_whoever_reports_a_fault_is_asked_for_what_one_needs():
    fault = load(".github/ISSUE_TEMPLATE/1_fault.yml")
    fields = {field["id"]: field for field in fault["body"]}
    assert list(fields) == ["did", "saw", "check", "system", "browser"]
    command = re.search(r"python -m mnist_helpers (\w+)", str(fields["check"]))[1]
    assert (ROOT / f"mnist_helpers/cli/{command}.py").exists()


def test_the_citation_says_what_the_project_says():
    citation = load("CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["license"] == PROJECT["license"]
    assert citation["repository-code"] == f"https://github.com/{repository()}"
    assert [author["name"] for author in citation["authors"]] == [
        a["name"] for a in PROJECT["authors"]
    ]
    assert citation["title"] in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_dev_container_has_a_python_that_fits_and_sets_up():
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    version = re.fullmatch(r"mcr\.microsoft\.com/devcontainers/python:3\.(\d+)", container["image"])
    assert OLDEST <= (3, int(version[1])) <= NEWEST
    assert container["postCreateCommand"] == "make setup TORCH=cpu"
    assert container["forwardPorts"] == [8888, 7860]
    assert "ms-toolsai.jupyter" in container["customizations"]["vscode"]["extensions"]


def test_dependabot_renews_the_actions():
    (update,) = load(".github/dependabot.yml")["updates"]
    assert (update["package-ecosystem"], update["directory"]) == ("github-actions", "/")
    assert update["schedule"] == {"interval": "weekly"}


def test_the_changelog_has_the_form_that_it_names():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"(?m)^## (.+)$", text)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", v) for v in versions[1:])
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"(?m)^### (.+)$", text)) <= kinds
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"(?m)^{goal}:", makefile) for goal in re.findall(r"`make (\w+)", text))
