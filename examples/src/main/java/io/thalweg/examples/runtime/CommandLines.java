package io.thalweg.examples.runtime;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * How the commands of the examples answer: an error is one line that says what is wrong and what to
 * do. The exit code is 2 for options that make no sense, 1 for whatever else fails. An option
 * {@code --verbose}, where a command has one, shows the stack trace.
 */
public final class CommandLines {

  private CommandLines() {}

  /**
   * Makes a command ready to be executed.
   *
   * @param command an object of a class with {@code @Command}
   * @return its command line
   */
  public static CommandLine of(Object command) {
    CommandLine line = new CommandLine(command);
    standard(line);
    line.getSubcommands().values().forEach(CommandLines::standard);
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
  }

  private static String[] version() {
    String version = CommandLines.class.getPackage().getImplementationVersion();
    return new String[] {"thalweg " + (version == null ? "(not from a jar)" : version)};
  }

  /**
   * Insists on something about an option.
   *
   * @param command the command that has the option
   * @param holds what must be true
   * @param message the rule, then the offending value
   */
  public static void check(CommandSpec command, boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), message);
    }
  }

  /**
   * Insists that an option is not empty.
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
      err.println("error: " + e.getMessage() + " (--help shows what there is)");
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
