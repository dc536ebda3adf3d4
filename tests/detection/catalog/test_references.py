"""What one part of the data calls another by exists, or is refused where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.assembly import bundled, load_packaging, load_system
from streams.detection.catalog.problems import CatalogError, Problem
from tests.detection.catalog.folders import change, copy_of, line_of, problems


def packaging(folder: Path, before: str, after: str) -> Path:
    """The bundled packaging with one text replaced, in a folder of its own."""
    text = (bundled("reference") / "packaging.yaml").read_text()
    assert before in text
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "packaging.yaml").write_text(text.replace(before, after, 1))
    return folder


def refused(reference: Path | None = None, *overlays: Path) -> tuple[Problem, ...]:
    with pytest.raises(CatalogError) as error:
        load_system(reference_dir=reference, overlays=overlays)
    return error.value.problems


@pytest.mark.parametrize(
    ("before", "after", "field", "told"),
    [
        (
            "adjacent_to: [export.run]",
            "adjacent_to: [export.runn]",
            "products.atlas.features.data.connected.adjacent_to[0]",
            "no such feature `export.runn`, did you mean `export.run`?",
        ),
        (
            "use_cases: [budget-planning]",
            "use_cases: [budget-plan]",
            "products.atlas-planning.use_cases[0]",
            "no such use case `budget-plan`, did you mean `budget-planning`?",
        ),
        (
            "feature: report.created, users",
            "feature: report.made, users",
            "milestones.first_value.feature",
            "no such feature `report.made`",
        ),
        (
            "sso: {product: atlas, tier: business}",
            "sso: {product: atlas, tier: busines}",
            "capabilities.sso.tier",
            "no such tier `busines`, did you mean `business`?",
        ),
        (
            "audit_log: {product: atlas,",
            "audit_log: {product: atals,",
            "capabilities.audit_log.product",
            "no such product `atals`, did you mean `atlas`?",
        ),
        (
            "limits: {standard: 200}",
            "limits: {standart: 200}",
            "products.atlas-planning.meters.scenarios.limits.standart",
            "no such tier `standart`, did you mean `standard`?",
        ),
    ],
)
def test_a_name_that_the_packaging_lacks_is_refused_at_its_line(
    tmp_path: Path, before: str, after: str, field: str, told: str
) -> None:
    folder = packaging(tmp_path, before, after)

    [problem] = refused(folder)

    line = line_of(folder, "packaging.yaml", after)
    assert (problem.file, problem.line, problem.field) == (f"{folder}/packaging.yaml", line, field)
    assert problem.sentence.startswith(told)


def test_a_signal_that_asks_for_a_feature_nobody_sells_is_refused(tmp_path: Path) -> None:
    growth = copy_of("growth", tmp_path)
    wanted = "signals/adjacent-feature-wanted.yaml"
    change(growth, wanted, "of: feature.wanted", "of: feature.wanted\n    where: {feature: [forecast.rum]}")

    [problem] = problems(growth, "growth")

    assert problem.field == "detect.occurrence.where.feature[0]"
    assert problem.line == line_of(growth, wanted, "forecast.rum")
    assert "did you mean `forecast.run`?" in problem.sentence


def test_an_overlay_brings_a_company_of_ones_own(tmp_path: Path) -> None:
    reference = tmp_path / "reference"
    packaging(reference, "users: 5}", "users: 9}")
    (reference / "renewal-steps.yaml").write_text("terms: [{from_months: 1, days_before: [30d]}]\n")

    own = load_packaging(overlays=[tmp_path])

    assert own.milestones["first_value"].users == 9
    assert own.renewal_steps != load_packaging().renewal_steps
    assert own.quiet_days == load_packaging().quiet_days
    assert load_system(overlays=[tmp_path]).packaging == own


def test_an_overlays_reference_file_of_another_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "packages.yaml").write_text("products: {}\n")

    [problem] = refused(None, tmp_path)

    assert (
        "no such file of reference data `packages.yaml`, did you mean `packaging.yaml`?" in problem.sentence
    )


def test_an_overlay_without_any_reference_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()

    [problem] = refused(None, tmp_path)

    assert "there is nothing to lay over" in problem.sentence
