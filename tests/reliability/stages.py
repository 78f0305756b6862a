"""The stages of all commands, by the command's name."""

from __future__ import annotations

from reliability.stage import Stage
from reliability.stages_functions import DeployStage, RollbackStage
from reliability.stages_images import BackfillStage, PromotionStage, RetagStage
from reliability.stages_jira import CommentStage, CreateStage, InstructionsStage, TransitionStage
from reliability.stages_versions import VersioningStage

STAGES: dict[str, Stage] = {
    stage.command: stage
    for stage in (
        VersioningStage(),
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
    )
}
