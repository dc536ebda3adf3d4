"""What is genuinely new to a customer: a product or a use case that none of their contracts serves."""

from __future__ import annotations

from streams.detection.facts import Facts
from streams.detection.packaging import Packaging
from streams.detection.reading import Evidence
from streams.detection.white_space import products_bought


def novelty_of(facts: Facts, evidence: Evidence, packaging: Packaging) -> dict[str, bool]:
    """Flags for the routing: `new_product` and `new_use_case`.

    A use case is new where no product under contract serves it; the same use case in another department is an
    expansion of what they have. Without a contract on record nothing is called new."""
    bought = products_bought(facts)
    product, use_case = evidence.details.get("product_id"), evidence.details.get("use_case_id")
    serving = {name for name, offered in packaging.products.items() if use_case in offered.use_cases}
    return {
        "new_product": bool(bought) and product is not None and product not in bought,
        "new_use_case": bool(bought) and bool(serving) and serving.isdisjoint(bought),
    }
