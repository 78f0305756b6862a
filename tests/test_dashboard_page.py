"""The dashboard's page, as a person sees it: in Chromium, over HTTP, with nothing but state.json beside it."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

from cigen_runtime.dashboard.page import page as page_of_the_runtime
from cigen_runtime.dashboard.record import Record, TicketLink
from cigen_runtime.dashboard.state import State
from lab.serving import LoopbackHandler, LoopbackServer

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class Site:
    """What the browser is served, and what it asked for."""

    state: bytes | int = 404
    """The content of state.json, or the status it is answered with."""
    asked: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Screen:
    """One open page."""

    page: Page
    site: Site
    complaints: list[str]
    """What the browser logged as an error."""

    def rows(self) -> list[list[str]]:
        """The projects on the screen with the text of their cells."""
        return [
            [" ".join(cell.inner_text().split()) for cell in row.locator("th, td").all() if cell.is_visible()]
            for row in self.page.locator("tr.project").all()
            if row.is_visible()
        ]

    def projects(self) -> list[str]:
        """The names on the screen, in order."""
        return [cells[0] for cells in self.rows()]

    def cell(self, project: str, place: str) -> Locator:
        """The cell of a project in a place."""
        row = self.page.locator("tr.project").filter(has=self.page.get_by_role("button", name=project, exact=True))
        return row.locator(f'td[data-place="{place}"]')


Open = Callable[..., Screen]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "these tests need chromium: apt-get install -y --no-install-recommends chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def site() -> Iterator[tuple[Site, int]]:
    served = Site()

    class Handler(LoopbackHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            if self.path == "/":
                self.answer(200, page_of_the_runtime(), {"Content-Type": "text/html; charset=utf-8"})
            elif self.path == "/state.json" and isinstance(served.state, bytes):
                self.answer(200, served.state, {"Content-Type": "application/json"})
            else:
                self.answer(served.state if isinstance(served.state, int) else 404)

    server = LoopbackServer(Handler)
    server.start()
    yield served, server.port
    server.stop()


@pytest.fixture
def show(browser: Browser, site: tuple[Site, int]) -> Iterator[Open]:
    """Opens the page on a state; afterwards it must have asked for nothing else and logged no error."""
    served, port = site
    screens: list[Screen] = []

    def show(
        *records: Record, state: bytes | int | None = None, width: int = 1280, height: int = 800, path: str = ""
    ) -> Screen:
        served.state = State().with_records(records, NOW.timestamp()).as_bytes() if state is None else state
        context = browser.new_context(
            viewport={"width": width, "height": height}, timezone_id="UTC", locale="en-GB", color_scheme="light"
        )
        context.set_default_timeout(5000)
        page = context.new_page()
        page.clock.set_fixed_time(NOW)
        screen = Screen(page, served, [])
        screens.append(screen)
        page.on("pageerror", lambda error: screen.complaints.append(str(error)))
        page.on("console", lambda message: screen.complaints.append(message.text) if is_ours(message) else None)
        page.on("dialog", lambda dialog: (screen.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: served.asked.append(request.url))
        page.goto(f"http://127.0.0.1:{port}/{path}")
        expect(page.get_by_text("Loading")).to_be_hidden()
        return screen

    yield show
    outside = [each for each in served.asked if each.startswith("http") and f"//127.0.0.1:{port}/" not in each]
    for screen in screens:
        screen.page.context.close()
        assert screen.complaints == []
    assert [each for each in outside if not each.startswith("data:")] == []
    assert {each for each in served.asked if each.startswith("/")} <= {"/", "/state.json"}


def is_ours(message: ConsoleMessage) -> bool:
    """Whether the page is at fault; a request that failed the browser logs by itself."""
    return message.type == "error" and "Failed to load resource" not in message.text


def deployment(project: str, place: str, version: str, hours: float, **changes: Any) -> Record:
    """A deployment so many hours ago."""
    environment, _, region = place.partition("/")
    values = {
        "project": project,
        "environment": environment,
        "region": region,
        "version": version,
        "digest": "sha256:" + "1" * 64,
        "lambda_name": f"{project}-fn",
        "deployed_at": (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "pipeline": 4711,
        "pipeline_url": "https://gitlab.example.com/shop/services/-/pipelines/4711",
        "repository": "https://gitlab.example.com/shop/services",
        "commit": "c0ffee1234567890",
        "ticket": TicketLink("REL-7", "https://jira.example.com/browse/REL-7"),
    }
    return Record(**{**values, **changes})


def shop() -> list[Record]:
    """Two projects that drift in every way there is, and one that does not."""
    return [
        deployment("orders-api", "staging/eu", "1.4.0", 300),
        deployment("orders-api", "staging/eu", "1.5.0", 50),
        deployment("orders-api", "staging/eu", "1.10.0", 3),
        deployment("orders-api", "staging/us", "1.5.0", 50),
        deployment("orders-api", "prod/eu", "1.4.0", 200),
        deployment("invoices", "staging/eu", "2.0.0", 24, digest="sha256:" + "2" * 64),
        deployment("invoices", "staging/us", "2.0.0", 24),
        deployment("invoices", "prod/eu", "2.0.1", 1, ticket=None),
        deployment("reports", "staging/eu", "0.3.0", 24 * 40),
        deployment("reports", "staging/us", "0.3.0", 24 * 40),
        deployment("reports", "prod/eu", "0.3.0", 24 * 39, pipeline=4800),
    ]


def test_the_matrix_shows_version_time_pipeline_ticket_and_drift(show: Open) -> None:
    screen = show(*shop())

    heads = [cell.inner_text() for cell in screen.page.locator("thead th").all()]
    assert heads == ["Project", "staging", "prod", "eu", "us", "eu"]
    assert screen.rows() == [
        [
            "invoices",
            "2.0.0 other image : regions run 2.0.0 with different content 1 day ago #4711 REL-7",
            "2.0.0 other image : regions run 2.0.0 with different content 1 day ago #4711 REL-7",
            "2.0.1 ahead : staging runs 2.0.0 1 h ago #4711",
        ],
        [
            "orders-api",
            "1.10.0 3 h ago #4711 REL-7",
            "1.5.0 region behind : eu runs 1.10.0 2 days ago #4711 REL-7",
            "1.4.0 2 behind : staging runs 1.10.0, 2 versions ahead 8 days ago #4711 REL-7",
        ],
        [
            "reports",
            "0.3.0 1 month ago #4711 REL-7",
            "0.3.0 1 month ago #4711 REL-7",
            "0.3.0 1 month ago #4800 REL-7",
        ],
    ]
    assert screen.page.locator("#count").inner_text() == "3 projects"
    assert screen.page.locator("#updated").inner_text() == "last deployment recorded just now"


def test_times_are_absolute_on_hover_and_links_lead_to_pipeline_and_ticket(show: Open) -> None:
    cell = show(*shop()).cell("reports", "prod/eu")

    assert cell.locator("time").get_attribute("title") == "16 Oct 2026, 12:00"
    links = [(each.inner_text(), each.get_attribute("href")) for each in cell.get_by_role("link").all()]
    assert links == [
        ("#4800", "https://gitlab.example.com/shop/services/-/pipelines/4711"),
        ("REL-7", "https://jira.example.com/browse/REL-7"),
    ]
    assert cell.get_by_role("link", name="pipeline 4800").is_visible()


def test_each_mark_has_a_tint_and_stands_in_the_legend(show: Open) -> None:
    screen = show(*shop())

    plain = screen.cell("reports", "prod/eu").evaluate("cell => getComputedStyle(cell).backgroundColor")
    tints = {
        kind: screen.page.locator(f"td.{kind}").first.evaluate("cell => getComputedStyle(cell).backgroundColor")
        for kind in ("region", "image", "behind", "ahead")
    }

    assert len({plain, *tints.values()}) == 5
    assert [" ".join(each.inner_text().split()) for each in screen.page.locator("#legend li").all()] == [
        "region behind another region runs a newer version",
        "other image same version, different content",
        "2 behind staging is so many versions ahead",
        "ahead production is ahead of staging",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ORDERS", ["orders-api"]),
        ("2.0.1", ["invoices"]),
        ("api 1.5", ["orders-api"]),
        ("rel-7", ["invoices", "orders-api", "reports"]),
        (".*", []),
    ],
)
def test_the_filter_finds_projects_versions_and_tickets(show: Open, text: str, found: list[str]) -> None:
    screen = show(*shop())

    screen.page.keyboard.press("/")
    screen.page.keyboard.type(text)

    assert screen.projects() == found
    expected = "3 projects" if len(found) == 3 else f"{len(found)} of 3 projects"
    assert screen.page.locator("#count").inner_text() == expected


def test_a_filter_that_fits_nothing_can_be_taken_back(show: Open) -> None:
    screen = show(*shop())
    screen.page.get_by_role("searchbox").fill("nothing like it")
    assert screen.page.locator("#notice").inner_text().split() == [
        "No",
        "project",
        "matches",
        "Nothing",
        "fits",
        "the",
        "filter.",
        "Show",
        "all",
        "projects",
    ]

    screen.page.get_by_role("button", name="Show all projects").click()

    assert screen.projects() == ["invoices", "orders-api", "reports"]


def test_one_environment_alone_shows_its_columns_and_projects(show: Open) -> None:
    screen = show(*shop(), deployment("new-one", "staging/eu", "0.1.0", 1))

    screen.page.get_by_label("Environment").select_option("prod")

    assert [cell.inner_text() for cell in screen.page.locator("thead th").all() if cell.is_visible()] == [
        "Project",
        "prod",
        "eu",
    ]
    assert [len(row) for row in screen.rows()] == [2, 2, 2]
    assert screen.projects() == ["invoices", "orders-api", "reports"]


def test_only_drift_and_latest_first(show: Open) -> None:
    screen = show(*shop())
    screen.page.get_by_label("only drift").check()
    assert screen.projects() == ["invoices", "orders-api"]
    screen.page.get_by_label("only drift").uncheck()

    screen.page.get_by_label("Order").select_option("latest first")

    assert screen.projects() == ["invoices", "orders-api", "reports"]
    screen.page.get_by_label("Environment").select_option("staging")
    screen.page.get_by_label("only drift").check()
    assert screen.projects() == ["invoices", "orders-api"]
    assert screen.page.url.endswith("#environment=staging&drift=1&order=latest")


def test_the_address_carries_the_filter(show: Open) -> None:
    screen = show(*shop(), path="#q=1.5&environment=staging&drift=1")

    assert screen.projects() == ["orders-api"]
    assert screen.page.get_by_label("Environment").input_value() == "staging"


def test_the_history_of_a_project_opens_by_keyboard(show: Open) -> None:
    screen = show(*shop())
    button = screen.page.get_by_role("button", name="orders-api")
    button.focus()

    screen.page.keyboard.press("Enter")

    assert button.get_attribute("aria-expanded") == "true"
    history = screen.page.get_by_role("list", name="History of orders-api in staging/eu")
    entries = [" ".join(each.inner_text().split()) for each in history.get_by_role("listitem").all()]
    assert entries == [
        "1.10.0 runs now 24 Nov 2026, 09:00 3 h ago #4711 REL-7 c0ffee12",
        "1.5.0 22 Nov 2026, 10:00 2 days ago #4711 REL-7 c0ffee12",
        "1.4.0 12 Nov 2026, 00:00 12 days ago #4711 REL-7 c0ffee12",
    ]
    commit = history.get_by_role("link", name="commit c0ffee12").first
    assert commit.get_attribute("href") == "https://gitlab.example.com/shop/services/-/commit/c0ffee1234567890"
    screen.page.keyboard.press("Enter")
    assert not history.is_visible()


def test_versions_count_as_versions_and_not_as_texts(show: Open) -> None:
    order = ["1.9.0", "1.10.0-alpha.2", "1.10.0-alpha.10", "1.10.0-beta", "1.10.0", "1.10.1"]
    staging = [deployment("api", "staging/eu", version, 100 - place) for place, version in enumerate(order)]
    counted = []
    for version in order:
        screen = show(*staging, deployment("api", "prod/eu", version, 1))
        counted.append(screen.cell("api", "prod/eu").locator(".chip").all_inner_texts())

    assert [texts[0].split(":")[0].strip() if texts else "" for texts in counted] == [
        "5 behind",
        "4 behind",
        "3 behind",
        "2 behind",
        "1 behind",
        "",
    ]


def test_hostile_values_stay_text(show: Open) -> None:
    hostile = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
    bad = TicketLink(hostile, "javascript:alert(3)")
    changes = {"pipeline_url": "javascript:alert(4)", "repository": "javascript:alert(5)//", "ticket": bad}
    screen = show(
        deployment(hostile, "staging/<b>eu</b>", hostile, 1, commit=hostile, **changes),
        deployment("__proto__", "staging/constructor", "1.0.0", 1),
    )

    screen.page.get_by_role("button", name="onerror").click()

    assert screen.projects() == [hostile, "__proto__"]
    assert screen.page.locator("thead th").all_inner_texts() == ["Project", "staging", "<b>eu</b>", "constructor"]
    assert screen.page.locator("#sheet").locator("img, script, b").count() == 0
    links = [each.get_attribute("href") for each in screen.page.locator("#sheet a").all()]
    assert all(str(each).startswith("https://") for each in links)
    assert screen.complaints == []


def test_an_injected_script_would_not_run(show: Open) -> None:
    screen = show(*shop())

    screen.page.evaluate(
        """() => { const script = document.createElement("script"); script.textContent = "window.ran = true";
        document.body.append(script); }"""
    )

    assert screen.page.evaluate("window.ran") is None
    assert len(screen.complaints) == 1
    assert "Content Security Policy" in screen.complaints.pop()


@pytest.mark.parametrize("state", [404, State().as_bytes()], ids=["no state.json", "an empty one"])
def test_before_the_first_deployment_it_says_so(show: Open, state: bytes | int) -> None:
    screen = show(state=state)

    assert "No deployment is recorded yet" in screen.page.locator("#notice").inner_text()
    assert not screen.page.get_by_role("searchbox").is_visible()


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (500, "It was answered with 500."),
        (403, "It was answered with 403: you may not read it, or it is not there yet."),
        (b"<html>Sign in</html>", "It is not JSON: "),
        (b"[]", "It is not a JSON object."),
        (b"null", "It is not a JSON object."),
        (b'{"items": []}', "It is not a state of the dashboard."),
        (b'{"schema": 2, "projects": {}}', "It has schema 2, and this page knows 1."),
    ],
)
def test_a_state_that_cannot_be_shown_says_why(show: Open, state: bytes | int, told: str) -> None:
    screen = show(state=state)

    notice = screen.page.get_by_role("alert").filter(visible=True)
    assert notice.get_by_role("heading").inner_text() == "state.json cannot be shown"
    assert notice.locator("p").inner_text().startswith(told)
    screen.site.state = State().with_records(shop(), 0).as_bytes()
    screen.page.get_by_role("button", name="Try again").click()
    expect(screen.page.locator("tr.project")).to_have_count(3)


def test_it_follows_new_deployments_and_keeps_what_it_knows_when_it_cannot(browser: Browser, show: Open) -> None:
    screen = show(*shop())
    screen.page.get_by_role("button", name="orders-api").click()
    screen.page.clock.install(time=NOW)
    screen.page.reload()
    expect(screen.page.locator("tr.project")).to_have_count(3)

    screen.site.state = State().with_records([*shop(), deployment("brand-new", "prod/eu", "1.0.0", 0)], 0).as_bytes()
    screen.page.clock.fast_forward(61_000)
    expect(screen.page.locator("tr.project")).to_have_count(4)
    screen.site.state = 503
    screen.page.clock.fast_forward(61_000)

    expect(screen.page.locator("#stale")).to_contain_text("This is what was known before")
    assert screen.projects() == ["brand-new", "invoices", "orders-api", "reports"]


@pytest.mark.parametrize("width", [1280, 400, 320])
def test_nothing_sticks_out_sideways(show: Open, width: int) -> None:
    long = "a-project-with-a-name-that-somebody-once-thought-was-short-enough-to-type-every-day"
    places = [f"{environment}/{region}" for environment in ("staging", "prod") for region in ("ap", "eu", "us")]
    screen = show(
        *(deployment(long, place, "10.20.30-feature.with.a.long.name.1", 1) for place in places), *shop(), width=width
    )
    screen.page.get_by_role("button", name=long).click()

    for opened in ("document.documentElement", "document.querySelector('#sheet')"):
        sizes = screen.page.evaluate(f"(e => [e.scrollWidth, e.clientWidth])({opened})")
        assert sizes[0] <= sizes[1], opened


def everywhere(*projects: str) -> list[Record]:
    """Projects in more regions than a window is wide for; production is behind."""
    regions = ("ap", "ca", "eu", "me", "sa", "us")
    places = [f"{environment}/{region}" for environment in ("staging", "prod") for region in regions]
    versions = {"staging": "1.4.0", "prod": "1.3.0"}
    return [
        deployment(project, place, versions[place.partition("/")[0]], 3) for project in projects for place in places
    ]


def test_more_regions_than_fit_scroll_in_their_sheet_and_not_the_page(show: Open) -> None:
    screen = show(*everywhere(*(f"project-{number:02}" for number in range(40))))

    sheet, page = (
        screen.page.evaluate(f"(e => [e.scrollWidth > e.clientWidth, e.scrollHeight > e.clientHeight])({element})")
        for element in ("document.querySelector('#sheet')", "document.documentElement")
    )

    assert sheet == [True, True]
    assert page == [False, False]


def test_a_history_fits_the_window_however_many_regions_there_are(show: Open) -> None:
    screen = show(*everywhere("orders-api"))
    screen.page.get_by_role("button", name="orders-api").click()
    screen.page.locator("#sheet").evaluate("sheet => sheet.scrollLeft = 300")

    sheet = screen.page.locator("#sheet").bounding_box()
    history = screen.page.locator(".timelines").bounding_box()

    assert sheet is not None
    assert history is not None
    assert sheet["x"] <= history["x"]
    assert history["x"] + history["width"] <= sheet["x"] + sheet["width"]


def test_what_the_keyboard_comes_to_is_never_under_the_head(show: Open) -> None:
    screen = show(*everywhere(*(f"project-{number:02}" for number in range(30))))
    screen.page.get_by_role("button", name="project-20").focus()

    covered = []
    for _ in range(120):
        screen.page.keyboard.press("Shift+Tab")
        covered += screen.page.evaluate(COVERED)

    assert covered == []


COVERED = """() => {
  const node = document.activeElement;
  const box = node.getBoundingClientRect();
  const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return seen && (node.contains(seen) || seen.contains(node)) ? [] : [node.textContent];
}"""


def test_a_phone_shows_each_place_by_name(show: Open) -> None:
    screen = show(*shop(), width=400)

    cell = screen.cell("orders-api", "prod/eu")

    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"prod/eu"'
    assert cell.locator(".version").is_visible()
    box = cell.bounding_box()
    assert box is not None
    assert box["width"] > 300


def test_dark_and_light_are_both_readable(show: Open) -> None:
    screen = show(*shop())
    contrasts = {}
    for scheme in ("light", "dark"):
        screen.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for selector in (".version", ".facts time", ".facts a", "td.region .chip", "td.behind .chip", "td.image .chip"):
            contrasts[scheme, selector] = screen.page.locator(selector).first.evaluate(CONTRAST)

    assert {key: value for key, value in contrasts.items() if value < 4.5} == {}


CONTRAST = """node => {
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const light = (text) => {
    const [r, g, b] = numbers(text).map((each) => linear(each / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const clear = (node) => /rgba\\(0, 0, 0, 0\\)|transparent/.test(getComputedStyle(node).backgroundColor);
  let below = node;
  while (clear(below) && below.parentElement) below = below.parentElement;
  const [one, other] = [light(getComputedStyle(node).color), light(getComputedStyle(below).backgroundColor)];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}"""


def test_five_hundred_projects_in_six_places_stay_quick(show: Open) -> None:
    places = [f"{environment}/{region}" for environment in ("staging", "prod") for region in ("ap", "eu", "us")]
    records = [
        deployment(f"project-{number:03}", place, f"1.{past}.{number}", 100 - past)
        for number in range(500)
        for place in places
        for past in range(3)
    ]
    state = State().with_records(records, 0).as_bytes()

    started = time.monotonic()
    screen = show(state=state)
    expect(screen.page.locator("tr.project")).to_have_count(500)
    shown = time.monotonic() - started
    started = time.monotonic()
    screen.page.get_by_role("searchbox").fill("project-499")
    expect(screen.page.locator("#count")).to_have_text("1 of 500 projects")
    filtered = time.monotonic() - started

    print(f"{len(json.dumps(json.loads(state))) / 1e6:.1f} MB shown in {shown:.2f} s, filtered in {filtered:.2f} s")
    assert shown < 8
    assert filtered < 2
