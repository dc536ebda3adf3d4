"""What the vendor sells: products, tiers, features, meters and use cases. Reference data, read by detectors."""

from __future__ import annotations

from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, model_validator

from streams.detection.quiet import QuietDays
from streams.detection.renewal_steps import RenewalSteps


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Feature(_Strict):
    """`tiers` lists the tiers that include it; `adjacent_to` the features next to which customers discover it."""

    core: bool = False
    tiers: tuple[str, ...] = ()
    adjacent_to: tuple[str, ...] = ()


class Meter(_Strict):
    """`limits` says what each tier includes, where the price list does."""

    unit: str
    kind: str = Field(pattern="^(gauge|period_total)$")
    period: str | None = Field(default=None, pattern="^(day|week|month|quarter|year)$")
    limits: dict[str, float] = Field(default_factory=dict)


class Product(_Strict):
    name: str
    tiers: tuple[str, ...] = Field(min_length=1, description="from the smallest to the largest")
    features: dict[str, Feature] = Field(default_factory=dict)
    meters: dict[str, Meter] = Field(default_factory=dict)
    use_cases: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> Product:
        for name, feature in self.features.items():
            if unknown := set(feature.tiers) - set(self.tiers):
                raise ValueError(
                    f"feature {name}: no such tier {sorted(unknown)}, there are {list(self.tiers)}"
                )
            if unknown := set(feature.adjacent_to) - set(self.features):
                raise ValueError(
                    f"feature {name}: adjacent to {sorted(unknown)}, which the product does not have"
                )
        for name, meter in self.meters.items():
            if unknown := set(meter.limits) - set(self.tiers):
                raise ValueError(
                    f"meter {name}: no such tier {sorted(unknown)}, there are {list(self.tiers)}"
                )
        return self


class UseCase(_Strict):
    """What a customer does with the product, and which departments or functions do it."""

    name: str
    departments: tuple[str, ...] = Field(min_length=1)
    functions: tuple[str, ...] = Field(default=(), description="names of functions beside the departments'")


class Capability(_Strict):
    """What tickets ask for by name, and the smallest tier that has it."""

    product: str
    tier: str


class MilestoneRule(_Strict):
    """A milestone is reached once that many users have used a feature."""

    feature: str
    users: int = Field(ge=1)


class Packaging(_Strict):
    """Everything a signal may refer to. An empty packaging serves no function and has no feature."""

    products: dict[str, Product] = Field(default_factory=dict)
    use_cases: dict[str, UseCase] = Field(default_factory=dict)
    capabilities: dict[str, Capability] = Field(default_factory=dict)
    milestones: dict[str, MilestoneRule] = Field(default_factory=dict)
    quiet_days: QuietDays = Field(default_factory=QuietDays, description="from a file of its own")
    renewal_steps: RenewalSteps = Field(default_factory=RenewalSteps, description="from a file of its own")

    @model_validator(mode="after")
    def _parts_exist(self) -> Packaging:
        for name, wanted in self.capabilities.items():
            product = self.products.get(wanted.product)
            if product is None or wanted.tier not in product.tiers:
                raise ValueError(
                    f"capability {name}: no such tier {wanted.tier} of a product {wanted.product}"
                )
        features = {feature for product in self.products.values() for feature in product.features}
        for name, rule in self.milestones.items():
            if rule.feature not in features:
                raise ValueError(f"milestone {name}: no product has the feature {rule.feature}")
        return self

    @model_validator(mode="after")
    def _use_cases_exist(self) -> Packaging:
        for name, product in self.products.items():
            if unknown := set(product.use_cases) - set(self.use_cases):
                raise ValueError(f"product {name}: no such use case {sorted(unknown)}")
        return self

    @cached_property
    def served_functions(self) -> frozenset[str]:
        """Departments and functions that a use case of the packaging names, lower case."""
        return frozenset(
            name.lower() for case in self.use_cases.values() for name in (*case.departments, *case.functions)
        )

    @cached_property
    def core_features(self) -> frozenset[str]:
        return frozenset(
            name
            for product in self.products.values()
            for name, feature in product.features.items()
            if feature.core
        )

    def serves(self, department: str | None) -> bool:
        """Whether the department is a function that the product serves."""
        return department is not None and department.lower() in self.served_functions
