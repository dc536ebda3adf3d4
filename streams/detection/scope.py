"""What a customer has bought, as far as packaging tells: features, and the tier of each product."""

from __future__ import annotations

import msgspec

from streams.detection.facts import Facts
from streams.detection.packaging import Packaging


class Scope(msgspec.Struct, frozen=True, gc=False):
    """The features a customer has, and product -> the place of its tier (0: the smallest)."""

    features: frozenset[str]
    tiers: dict[str, int]

    def covers(self, product: str, tier: int) -> bool:
        """Whether the product was bought in that tier or a larger one."""
        return self.tiers.get(product, -1) >= tier


def scope_of(facts: Facts, packaging: Packaging) -> Scope | None:
    """The scope of all contracts that have not ended, None where none names a product of the packaging.

    The latest term of a contract counts as soon as it is signed, also before its day: what is bought already is not
    wanted any more. So a scope changes by events alone, never by time."""
    features: set[str] = set()
    tiers: dict[str, int] = {}
    for contract in facts.contracts.values():
        if contract.ended is not None or not contract.terms:
            continue
        for bought in contract.terms[-1].products:
            product = packaging.products.get(bought.product_id)
            if product is None:
                continue
            place = product.tiers.index(bought.tier) if bought.tier in product.tiers else 0
            tiers[bought.product_id] = max(place, tiers.get(bought.product_id, 0))
            if bought.scope_features is not None:
                features.update(bought.scope_features)
            else:
                tier = product.tiers[place]
                features.update(name for name, feature in product.features.items() if tier in feature.tiers)
    return Scope(frozenset(features), tiers) if tiers else None


def adjacent_features(packaging: Packaging, scope: Scope | None) -> frozenset[str]:
    """Features outside the scope that stand beside one inside it. Without a known scope every feature with a
    neighbour counts: the product itself said that the customer does not have it."""
    found = set()
    for product in packaging.products.values():
        for name, feature in product.features.items():
            if scope is None:
                if feature.adjacent_to:
                    found.add(name)
            elif name not in scope.features and not scope.features.isdisjoint(feature.adjacent_to):
                found.add(name)
    return frozenset(found)


def core_features(packaging: Packaging, scope: Scope | None) -> frozenset[str]:
    """The core features of the scope; of the whole packaging where no scope is known."""
    core = packaging.core_features
    return core if scope is None else core & scope.features


def outside(packaging: Packaging, scope: Scope, capability: str) -> bool:
    """Whether a capability of the packaging is not in the scope; one that packaging does not name is nobody's."""
    wanted = packaging.capabilities.get(capability)
    if wanted is None:
        return False
    return not scope.covers(wanted.product, packaging.products[wanted.product].tiers.index(wanted.tier))
