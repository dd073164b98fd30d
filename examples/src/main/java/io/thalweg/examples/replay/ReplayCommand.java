package io.thalweg.examples.replay;

import picocli.CommandLine.Command;

/** Groups the commands of the replay tool. */
@Command(
    name = "replay",
    description = {
      "Runs detectors and windows over recorded files, and shows the results. Needs neither Kafka"
          + " nor Storm.",
      ""
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DetectCommand.class,
      WindowsCommand.class,
      PlotCommand.class,
      EvaluateCommand.class,
      GenerateCommand.class
    })
public final class ReplayCommand {}
