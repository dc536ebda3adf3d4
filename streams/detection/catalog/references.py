"""Names that one part of the data uses for another: each must exist, or is refused at its own line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from streams.detection.catalog.model import SignalSpec
from streams.detection.catalog.problems import Problem, unknown_name
from streams.detection.catalog.yaml_files import Document, Loc
from streams.detection.packaging import Packaging

_CONDITIONS = ("where", "alone", "raised_when")


def packaging_problems(document: Document) -> list[Problem]:
    """What a packaging file refers to and does not have: tiers, features, products, use cases.

    Parts of another shape than a packaging's are passed over; its model refuses them."""
    data = document.data
    products, use_cases = _named(data, "products"), _named(data, "use_cases")
    features = {name for product in products.values() for name in _named(product, "features")}
    found: list[Problem] = []

    def check(what: str, loc: Loc, names: object, known: Iterable[str]) -> None:
        one = isinstance(names, str)
        for at, name in enumerate([names] if one else names if isinstance(names, list) else []):
            if isinstance(name, str) and name not in known:
                found.append(document.problem(loc if one else (*loc, at), unknown_name(what, name, known)))

    for name, product in products.items():
        here: Loc = ("products", name)
        own, tiers = _named(product, "features"), _list(product, "tiers")
        check("use case", (*here, "use_cases"), _get(product, "use_cases"), use_cases)
        for feature, said in own.items():
            place = (*here, "features", feature)
            check("tier", (*place, "tiers"), _get(said, "tiers"), tiers)
            check("feature", (*place, "adjacent_to"), _get(said, "adjacent_to"), own)
        for meter, said in _named(product, "meters").items():
            for tier in _named(said, "limits"):
                check("tier", (*here, "meters", meter, "limits", tier), tier, tiers)
    for name, wanted in _named(data, "capabilities").items():
        place = ("capabilities", name)
        product_id = _get(wanted, "product")
        check("product", (*place, "product"), product_id, products)
        if product_id in products:
            check("tier", (*place, "tier"), _get(wanted, "tier"), _list(products[str(product_id)], "tiers"))
    for name, rule in _named(data, "milestones").items():
        check("feature", ("milestones", name, "feature"), _get(rule, "feature"), features)
    return found


def signal_problems(document: Document, spec: SignalSpec, packaging: Packaging) -> Iterator[Problem]:
    """Conditions of a signal, or of its segments, on features, products, use cases and capabilities."""
    known: dict[str, tuple[str, Iterable[str]]] = {
        "feature": ("feature", {f for product in packaging.products.values() for f in product.features}),
        "product_id": ("product", packaging.products),
        "product": ("product", packaging.products),
        "use_case_id": ("use case", packaging.use_cases),
        "capability": ("capability", packaging.capabilities),
    }
    given = spec.detect.given.get(spec.detect.kind, {})
    places: list[tuple[Loc, dict[str, object]]] = [(("detect", spec.detect.kind), given)]
    places += [(("segments", name, "detect"), over.detect) for name, over in spec.segments.items()]
    for place, parameters in places:
        for condition in _CONDITIONS:
            for attribute, values in _named(parameters, condition).items():
                what, names = known.get(attribute, ("", ()))
                for at, value in enumerate(values if what and isinstance(values, list) else []):
                    if value not in names:
                        loc = (*place, condition, attribute, at)
                        yield document.problem(loc, unknown_name(what, str(value), names))


def _get(data: object, name: str) -> object:
    return data.get(name) if isinstance(data, dict) else None


def _named(data: object, name: str) -> dict[str, object]:
    """The part of that name, where it is fields with names."""
    found = _get(data, name)
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}


def _list(data: object, name: str) -> list[str]:
    found = _get(data, name)
    return [str(value) for value in found] if isinstance(found, list) else []
