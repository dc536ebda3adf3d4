"""The world of the story: the vendor's product as packaging.yaml has it, and names for everything else."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict

PACKAGING_FILE: Final = Path(__file__).with_name("packaging.yaml")
MAIN_PRODUCT: Final = "atlas"
TIERS: Final = ("team", "business", "enterprise")  # in rising order, each holding the one before

SEATS: Final = "seats_assigned"
STORAGE: Final = "storage_gb"
RUNS: Final = "workflow_runs"

UNSERVED: Final = ("facilities", "legal", "human_resources")

# A year's list price in the reference currency: what the tier costs at all, and a seat of it.
PLATFORM_FEE: Final = {"team": (2_000, 9_000), "business": (12_000, 55_000), "enterprise": (70_000, 160_000)}
SEAT_PRICE: Final = {"team": 300, "business": 600, "enterprise": 1_100}

# region: (country, time zone, first working hour in UTC); a working day lies within one UTC day.
REGIONS: Final = {
    "DE": ("Europe/Berlin", 7),
    "GB": ("Europe/London", 8),
    "FR": ("Europe/Paris", 7),
    "NL": ("Europe/Amsterdam", 7),
    "US": ("America/New_York", 13),
    "CA": ("America/Toronto", 13),
    "SG": ("Asia/Singapore", 1),
    "AU": ("Australia/Sydney", 0),
}
# What is left of a working day's activity in the two weeks around the turn of the year.
YEAR_END: Final = {
    "DE": 0.10, "GB": 0.15, "FR": 0.12, "NL": 0.12, "US": 0.30, "CA": 0.25, "SG": 0.50, "AU": 0.12,
}  # fmt: skip
INDUSTRIES: Final = ("manufacturing", "retail", "logistics", "software", "insurance", "health", "energy")
FIRST_NAMES: Final = (
    "Ada", "Ben", "Chloe", "Dev", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kemi", "Liam",
    "Mara", "Noor", "Oskar", "Priya", "Quinn", "Rosa", "Sven", "Tara", "Uma", "Viktor", "Wen", "Yara",
)  # fmt: skip
LAST_NAMES: Final = (
    "Abel", "Brandt", "Costa", "Dietrich", "Eriksen", "Fischer", "Garnier", "Haas", "Ito", "Jansen",
    "Keller", "Lindqvist", "Moreau", "Novak", "Okafor", "Petrov", "Rossi", "Schmidt", "Tanaka", "Weber",
)  # fmt: skip
COMPANY_FIRST: Final = (
    "Alder", "Birch", "Cobalt", "Delta", "Ember", "Fjord", "Granite", "Harbor", "Iris", "Juniper",
    "Kestrel", "Lumen", "Meridian", "North", "Onyx", "Pine", "Quartz", "River", "Slate", "Tern",
)  # fmt: skip
COMPANY_LAST: Final = (
    "Foods", "Freight", "Health", "Insurance", "Labs", "Logistics", "Mills", "Motors", "Optics", "Partners",
    "Power", "Retail", "Robotics", "Software", "Steel", "Systems", "Textiles", "Works",
)  # fmt: skip


class Tier(BaseModel):
    model_config = ConfigDict(frozen=True)
    features: tuple[str, ...]
    meters: dict[str, int]


class Product(BaseModel):
    model_config = ConfigDict(frozen=True)
    name: str
    core: tuple[str, ...]
    tiers: dict[str, Tier]
    adjacent: dict[str, tuple[str, ...]]


class UseCase(BaseModel):
    model_config = ConfigDict(frozen=True)
    product: str
    departments: tuple[str, ...]
    functions: tuple[str, ...]


class Packaging(BaseModel):
    model_config = ConfigDict(frozen=True)
    products: dict[str, Product]
    use_cases: dict[str, UseCase]

    def features(self, tier: str) -> tuple[str, ...]:
        """Everything that a tier of the main product holds, core features first."""
        product = self.products[MAIN_PRODUCT]
        held = [f for name in TIERS[: TIERS.index(tier) + 1] for f in product.tiers[name].features]
        return tuple(sorted(held, key=lambda feature: feature not in product.core))

    def limit(self, tier: str, meter: str) -> int:
        return self.products[MAIN_PRODUCT].tiers[tier].meters[meter]

    def served_departments(self) -> tuple[str, ...]:
        """Departments that some use case serves, in the file's order."""
        listed = (department for case in self.use_cases.values() for department in case.departments)
        return tuple(dict.fromkeys(listed))


@cache
def packaging() -> Packaging:
    return Packaging.model_validate(yaml.safe_load(PACKAGING_FILE.read_text(encoding="utf-8")))
