"""Configs on their way to S3, run from the rendered files by a GitLab CI executor that nobody here wrote."""

from pathlib import Path

import pytest

from lab import Lab
from lab.company import Company

FOOTER = '{"footer": "Thank you"}\n'
NEW_FOOTER = '{"footer": "Thank you very much"}\n'
STAGING_EU = "orders:\n  per_minute: 60\n  currency: GBP\n"
STAGING_US = "orders:\n  per_minute: 60\n  currency: EUR\n"
PROD = "orders:\n  per_minute: 600\n  currency: EUR\n"


@pytest.fixture
def company(lab: Lab, tmp_path: Path) -> Company:
    company = Company(lab, tmp_path)
    company.found(fetched=True)
    return company


def test_configs_go_to_staging_with_a_push_and_to_production_when_a_person_names_versions(company: Company) -> None:
    first = company.run_pipeline()  # reserves the versions, and changes no config

    assert first.code == 0, first.log
    assert "s3-sync" not in first.log.replace("jobs/s3-sync.yml", "")
    assert set(map(str, configs(company).values())) == {"{}"}

    company.commit("feat: thank more", {"configs/base/invoices/texts.json": NEW_FOOTER})

    push = company.run_pipeline()

    assert push.code == 0, push.log
    expected = {
        ("staging", "eu"): {"invoices/texts.json": NEW_FOOTER, "orders-api/limits.yml": STAGING_EU},
        ("staging", "us"): {"invoices/texts.json": NEW_FOOTER, "orders-api/limits.yml": STAGING_US},
        ("prod", "eu"): {},
        ("prod", "us"): {},
    }
    assert configs(company) == expected
    assert "s3-sync-prod" not in push.log

    production = company.start_config_sync(**{"orders-api": "1.0.0", "invoices": "1.0.0"})

    assert production.code == 0, production.log
    assert configs(company) == expected | {
        ("prod", region): {"invoices/texts.json": FOOTER, "orders-api/limits.yml": PROD} for region in ("eu", "us")
    }
    assert production.jobs == {
        f"{step}-prod-{region}"
        for step in ("aws-credentials-s3", "find-versions", "merge-configs", "s3-sync")
        for region in ("eu", "us")
    }

    company.lab.gateway.clear()
    again = company.start_config_sync(**{"orders-api": "1.0.0", "invoices": "1.0.0"})

    assert again.code == 0, again.log
    assert list(company.lab.gateway.writes(r"s3\.")) == []


def configs(company: Company) -> dict[tuple[str, str], dict[str, str]]:
    return {
        (environment, region): company.configs(environment, region)
        for environment in ("staging", "prod")
        for region in company.regions
    }
