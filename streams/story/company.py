"""One customer on the first day: the contract, the users, the people in its CRM record."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from streams.story import world
from streams.story.roles import Role

CURRENCY = "EUR"
LOW_TOUCH = 30_000  # yearly contract value under which nobody meets the customer


def segment_of(acv: int) -> str:
    return "smb" if acv < LOW_TOUCH else "mid_market" if acv <= 100_000 else "enterprise"


@dataclass
class User:
    """One login. `rate` is the chance of being active on a working day of an ordinary week (0–1)."""

    user_id: str
    product_role: str
    department: str | None
    team: str
    region: str
    rate: float
    features: tuple[str, ...]
    power: bool
    mobile: float
    first_day: int = 0
    last_day: int | None = None
    contact_id: str | None = None
    kind: str = "human"
    keen: bool = False  # uses several features whenever they come
    away_until: int = 0  # on leave or ill up to and without this story day
    quiet_until: int = 0  # has other work until then, looks in now and then

    @property
    def key(self) -> bool:
        """Admin or power user: one whose going is felt."""
        return self.power or self.product_role == "admin"


@dataclass
class Contact:
    contact_id: str
    name: str
    title: str
    seniority: str
    department: str
    roles: tuple[str, ...]
    joined_day: int
    user_id: str | None = None
    left: bool = False


@dataclass
class Company:
    """The facts of one account that all parts of its story share. Users and contacts grow with time."""

    number: int
    account_id: str
    name: str
    tier: str
    seats: int
    acv: int
    segment: str
    country: str
    industry: str
    regions: tuple[str, ...]
    departments: tuple[str, ...]
    customer_since: int
    ends_day: int
    has_api: bool
    ticket_rate: float  # tickets in 28 days
    storage_use: tuple[float, float]  # share of the limit on day 0, and what 150 days add
    runs_use: float  # share of the month's limit
    organic: bool
    lifecycle: str = "live"
    onboarding_started: int | None = None
    known_since: int = (
        0  # since when the CRM has told us of the account, live: for some since long before the story
    )
    mapped: bool = True  # a buying centre beyond those that work with the product is known
    users: list[User] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    _users_drawn: int = 0
    _contacts_drawn: int = 0

    def next_user_id(self) -> str:
        self._users_drawn += 1
        return f"{self.account_id}-u{self._users_drawn}"

    def next_contact_id(self) -> str:
        self._contacts_drawn += 1
        return f"{self.account_id}-c{self._contacts_drawn}"

    @property
    def term_months(self) -> int:
        return 12 if self.ends_day < 365 else 24

    @property
    def starts_day(self) -> int:
        return self.ends_day - round(self.term_months * 365 / 12)

    @property
    def tracked(self) -> bool:
        """Whether people of ours meet people of theirs, and log it. Small customers are served by mail."""
        return self.acv >= LOW_TOUCH

    def is_worth(self, least: int, most: int) -> None:
        """Set the yearly contract value where it is not in the range, and the segment by it."""
        self.acv = min(max(self.acv, least), most)
        self.segment = segment_of(self.acv)

    @property
    def time_zone(self) -> str:
        return world.REGIONS[self.country][0]

    @property
    def sponsor(self) -> Contact:
        return next(contact for contact in self.contacts if "sponsor" in contact.roles)

    @property
    def champion(self) -> Contact:
        return next(contact for contact in self.contacts if "champion" in contact.roles)

    def humans(self) -> list[User]:
        return [user for user in self.users if user.kind == "human"]

    def new_department(self) -> str:
        """A department that a use case serves, and that has no users and nobody whom we know."""
        taken = {*self.departments, *(contact.department for contact in self.contacts)}
        served = [d for d in world.packaging().served_departments() if d not in self.departments]
        return next((department for department in served if department not in taken), served[0])


_SPARE_SEATS = 3
"""Seats beyond half as many again as there are users, in a company that plans for no growth."""


def found(number: int, users: int, role: Role, rng: random.Random) -> Company:
    """Draw one customer with `users` logins, as `role` wants it."""
    packaging = world.packaging()
    tier = role.tier or _tier(users, rng)
    seats = max(3, round(users / rng.uniform(*role.seat_use)))
    if role.seat_use == Role.seat_use:
        seats = min(seats, users + _SPARE_SEATS + users // 2)  # nobody small buys twice what they need
    low, high = world.PLATFORM_FEE[tier]
    acv = round((rng.uniform(low, high) + seats * world.SEAT_PRICE[tier] * rng.uniform(0.8, 1.1)) / 100) * 100
    country = rng.choice(sorted(world.REGIONS))
    served = list(packaging.served_departments())
    rng.shuffle(served)
    wide = 1 + (users > 5) + (users > 14) + (users > 40) + (users > 120)
    departments = served[:wide]
    if users > 20 and rng.random() < 0.25:
        departments.append(rng.choice(world.UNSERVED))
    abroad = [region for region in sorted(world.REGIONS) if region != country]
    regions = [country] + (rng.sample(abroad, 1 + (users > 80)) if users > 25 else [])
    name = f"{rng.choice(world.COMPANY_FIRST)} {rng.choice(world.COMPANY_LAST)} {number}"
    company = Company(
        number=number,
        account_id=f"acct-{number:05d}",
        name=name,
        tier=tier,
        seats=seats,
        acv=acv,
        segment=segment_of(acv),
        country=country,
        industry=rng.choice(world.INDUSTRIES),
        regions=tuple(regions),
        departments=tuple(departments),
        customer_since=-rng.randint(200, 1400),
        ends_day=rng.randint(190, 540),
        has_api=rng.random() < 0.35,
        ticket_rate=role.ticket_rate or min(6.0, 0.4 + 0.03 * users),
        storage_use=(rng.uniform(0.2, 0.6), rng.uniform(0.0, 0.1)),
        runs_use=rng.uniform(0.15, 0.45),
        organic=role.organic,
    )
    _hire(company, users, role, rng)
    _introduce(company, rng)
    return company


def newcomer(
    company: Company, rng: random.Random, day: int, *, department: str | None = None, power: bool = False
) -> User:
    """Draw one more user who starts on `day`; by default an ordinary one in a known department."""
    return _user(
        company, rng, "member", department or rng.choice(company.departments), power, (0.2, 0.4), day
    )


def person(rng: random.Random) -> str:
    return f"{rng.choice(world.FIRST_NAMES)} {rng.choice(world.LAST_NAMES)}"


def _tier(users: int, rng: random.Random) -> str:
    chance = rng.random() + (users > 12) * 0.25 + (users > 50) * 0.25
    return "team" if chance < 0.5 else "business" if chance < 0.95 else "enterprise"


def _hire(company: Company, users: int, role: Role, rng: random.Random) -> None:
    admins = max(1, round(users * 0.08))
    powers = max(1, round(users * 0.12))
    if role.key_users is not None:
        key = rng.randint(*role.key_users)
        admins = max(1, key // 3)
        powers = key - admins
    for index in range(users):
        department = company.departments[index % len(company.departments)]
        if index < admins:
            user = _user(company, rng, "admin", department, True, role.rate, 0)
        elif index < admins + powers:
            user = _user(company, rng, "member", department, True, role.rate, 0)
        else:
            product_role = "viewer" if rng.random() < 0.3 else "member"
            user = _user(company, rng, product_role, department, False, role.rate, 0)
        company.users.append(user)
    if rng.random() < 0.05:  # someone of the vendor who helps now and then, and is no customer
        guest = _user(company, rng, "admin", company.departments[0], False, (0.2, 0.3), 0)
        guest.kind = "vendor_staff"
        company.users.append(guest)
    if company.has_api:
        robot = _user(company, rng, "member", company.departments[0], False, (0.0, 0.0), 0)
        robot.kind = "service"
        company.users.append(robot)


def _user(
    company: Company,
    rng: random.Random,
    product_role: str,
    department: str,
    power: bool,
    rate: tuple[float, float],
    day: int,
) -> User:
    features = world.packaging().features(company.tier)
    width = rng.randint(4, min(6, len(features))) if power else rng.randint(1, 2)
    return User(
        user_id=company.next_user_id(),
        product_role=product_role,
        department=department,
        team=f"{department}-{rng.randint(1, 2)}",
        region=company.regions[0] if rng.random() < 0.7 else rng.choice(company.regions),
        rate=rng.uniform(0.76, 0.92) if power else rng.uniform(*rate),
        features=tuple(rng.sample(features, width)),
        power=power,
        mobile=0.5 if rng.random() < 0.3 else 0.05,
        first_day=day,
    )


def _introduce(company: Company, rng: random.Random) -> None:
    champion = next(user for user in company.users if user.power)
    size = len(company.users)
    roles: list[tuple[str, str, tuple[str, ...]]] = [
        (rng.choice(("vp", "c_level")), company.departments[0], ("sponsor",)),
        ("manager", champion.department or company.departments[0], ("champion",)),
    ]
    if size > 10:
        roles.append(("director", "finance", ("budget_holder",)))
    for _ in range(min(4, size // 12)):
        seniority = rng.choice(("director", "manager", "individual"))
        roles.append((seniority, rng.choice(company.departments), ("influencer",)))
    for _ in range(rng.randint(1, 2)):
        roles.append(("individual", rng.choice(company.departments), ()))
    for seniority, department, held in roles:
        company.contacts.append(
            draw_contact(company, rng, seniority, department, held, -rng.randint(150, 3000))
        )
    company.contacts[1].user_id = champion.user_id
    champion.contact_id = company.contacts[1].contact_id


def draw_contact(
    company: Company,
    rng: random.Random,
    seniority: str,
    department: str,
    roles: tuple[str, ...],
    joined_day: int,
) -> Contact:
    """Draw a contact; the caller decides when the CRM learns of it."""
    rank = {"c_level": "Chief", "vp": "VP", "director": "Director", "manager": "Manager"}.get(seniority)
    unit = department.replace("_", " ").title()
    return Contact(
        contact_id=company.next_contact_id(),
        name=person(rng),
        title=f"{rank}, {unit}" if rank else f"{unit} Analyst",
        seniority=seniority,
        department=department,
        roles=roles,
        joined_day=joined_day,
    )
