package io.thalweg.examples.runtime;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Common behaviour of the example commands. An error is one line with the fault and the remedy. The
 * exit code is 2 for invalid options and 1 for any other failure. The option {@code --verbose},
 * where a command has it, adds the stack trace.
 */
public final class CommandLines {

  private CommandLines() {}

  /**
   * Returns the command line of a command.
   *
   * @param command an object of a class with {@code @Command}
   * @return a command line, ready to execute
   */
  public static CommandLine of(Object command) {
    CommandLine line = new CommandLine(command);
    standard(line);
    return line.setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(CommandLines::misused)
        .setExecutionExceptionHandler(CommandLines::failed);
  }

  private static void standard(CommandLine line) {
    line.getCommandSpec()
        .mixinStandardHelpOptions(true)
        .versionProvider(CommandLines::version)
        .usageMessage()
        .sortOptions(false)
        .autoWidth(true);
    line.getSubcommands().values().forEach(CommandLines::standard);
  }

  private static String[] version() {
    String version = CommandLines.class.getPackage().getImplementationVersion();
    return new String[] {"thalweg " + (version == null ? "(not from a jar)" : version)};
  }

  /**
   * Checks a rule about an option.
   *
   * @param command the command that has the option
   * @param holds true if the rule holds
   * @param message the rule, then the offending value
   */
  public static void check(CommandSpec command, boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), message);
    }
  }

  /**
   * Checks that an option is not empty.
   *
   * @param command the command that has the option
   * @param option its name
   * @param value its value
   */
  public static void checkNotEmpty(CommandSpec command, String option, String value) {
    check(command, !value.isBlank(), option + " must not be empty");
  }

  private static int misused(ParameterException e, String[] arguments) {
    CommandLine line = e.getCommandLine();
    PrintWriter err = line.getErr();
    if (arguments.length == 0) {
      line.usage(err);
    } else {
      err.println("error: " + e.getMessage() + " (--help lists the options)");
      UnmatchedArgumentException.printSuggestions(e, err);
    }
    err.flush();
    return 2;
  }

  private static int failed(Exception e, CommandLine line, ParseResult parsed) {
    PrintWriter err = line.getErr();
    boolean canBeVerbose = line.getCommandSpec().findOption("--verbose") != null;
    if (line.getParseResult().hasMatchedOption("--verbose")) {
      e.printStackTrace(err);
    } else if (e instanceof DemoException) {
      err.println("error: " + e.getMessage());
    } else {
      err.println("error: " + e + (canBeVerbose ? " (--verbose shows where)" : ""));
    }
    err.flush();
    return 1;
  }
}
