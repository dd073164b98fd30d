package io.thalweg.examples.fraud;

import picocli.CommandLine.Command;

/** Groups the commands of the fraud example. */
@Command(
    name = "fraud",
    description = {"Decides on simulated card transactions.", ""},
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {EvaluateCommand.class})
public final class FraudCommand {}
