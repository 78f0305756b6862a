"""The stages of all rows, by the row's name."""

from __future__ import annotations

from reliability.stage import Stage
from reliability.stages_configs import FindStage, MergeStage, SyncStage
from reliability.stages_dashboard import BucketStage, HttpStage
from reliability.stages_functions import DeployStage, RollbackStage
from reliability.stages_images import BackfillStage, PromotionStage, PublishStage, RetagStage
from reliability.stages_jira import CommentStage, CreateStage, InstructionsStage, TransitionStage
from reliability.stages_reads import EntryStage, MappingsStage
from reliability.stages_versions import VersioningStage

STAGES: dict[str, Stage] = {
    **{
        stage.command: stage
        for stage in (
            VersioningStage(),
            PublishStage(),
            RetagStage(),
            BackfillStage(),
            DeployStage(),
            RollbackStage(),
            PromotionStage("promote-artifacts"),
            PromotionStage("promote-to-rc"),
            PromotionStage("promote-to-release"),
            CreateStage(),
            TransitionStage(),
            CommentStage(),
            InstructionsStage(),
            SyncStage(),
            EntryStage("aws-credentials"),
            EntryStage("prepare-docker-config"),
            MappingsStage(),
            FindStage(),
            MergeStage(),
        )
    },
    "update-version-dashboard (http)": HttpStage(),
    "update-version-dashboard (s3)": BucketStage(),
}
