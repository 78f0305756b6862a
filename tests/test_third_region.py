"""A region more, by one command and nothing else: its functions and configs run like those of the others."""

from pathlib import Path

from lab import Lab
from lab.company import ACCOUNTS, FUNCTIONS, REGIONS, Company

AP = {"ap": "ap-southeast-2"}
VERSIONS = {"orders-api": "1.0.0", "invoices": "1.0.0"}


def test_a_third_region_is_deployed_to_by_config_alone(lab: Lab, tmp_path: Path) -> None:
    company = Company(lab, tmp_path, regions=REGIONS | AP)
    company.found(fetched=True)
    company.commit("docs: change a config", {"configs/base/invoices/texts.json": '{"footer": "Thanks"}\n'})

    staging = company.run_pipeline()
    production = company.start_production(**VERSIONS)
    configs = company.start_config_sync(invoices="1.0.0")

    assert staging.code == 0, staging.log
    assert production.code == 0, production.log
    assert configs.code == 0, configs.log
    for environment in ("staging", "prod"):
        runs = {
            (name, region): lab.aws.function(ACCOUNTS[environment], aws_region, name).image_digest
            for name in FUNCTIONS
            for region, aws_region in company.regions.items()
        }
        assert {region: runs["orders-api", region] for region in company.regions} == dict.fromkeys(
            company.regions, lab.artifactory.digest("docker-native-release/orders-api", "1.0.0")
        )
        assert {region: runs["invoice-writer", region] for region in company.regions} == dict.fromkeys(
            company.regions, lab.artifactory.digest("docker-native-release/invoices", "1.0.0")
        )
        assert {region: company.configs(environment, region)["invoices/texts.json"] for region in company.regions} == (
            dict.fromkeys(company.regions, '{"footer": "Thanks"}\n')
        )
        for region in company.regions:
            assert set(lab.dashboard.shown(environment, region)) == set(VERSIONS)
    tickets = {issue.summary: issue.history[-1] for issue in lab.jira.issues.values()}
    assert tickets["Release orders-api 1.0.0"] == tickets["Release invoices 1.0.0"] == "Closed"
