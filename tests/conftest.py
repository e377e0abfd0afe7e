"""Tests say what they need with `@pytest.mark.needs("sandbox")`; what was skipped is told in a table at the end."""

import needs
import pytest


def pytest_configure(config):
    """Declare the one marker."""
    config.addinivalue_line("markers", "needs(*names): what the test needs that a machine may lack (tests/needs.py)")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Skip a test that needs what is not here, before any of its fixtures begins."""
    for mark in item.iter_markers("needs"):
        for name in mark.args:
            if lack := needs.missing(name):
                needs.skip(name, lack[0])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Skip a test to which a package index or its client gave nothing; what came and was damaged fails."""
    report = yield
    if call.excinfo and call.excinfo.typename == "PackageUnavailable":
        report.outcome, report.longrepr = "skipped", (str(item.path), 0, f"Skipped: packages: {call.excinfo.value}")
    return report


def pytest_terminal_summary(terminalreporter):
    """Tell what was not tested, why, and what would bring it."""
    reports = terminalreporter.getreports("skipped")
    # A skipped test's report ends with a triple: file, line, "Skipped: reason".
    reasons = [report.longrepr[2].removeprefix("Skipped: ") for report in reports]
    if reasons:
        terminalreporter.section("not tested here")
        terminalreporter.write_line("\n".join(needs.table(reasons, terminalreporter._tw.fullwidth)))
