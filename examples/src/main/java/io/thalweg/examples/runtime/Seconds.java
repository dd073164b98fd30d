package io.thalweg.examples.runtime;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converter of a duration on the command line: 90, 90s, 5m or 1h; at most a day. */
public final class Seconds implements ITypeConverter<Duration> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})([smh]?)");
  private static final Duration LONGEST = Duration.ofHours(24);

  /** Creates a converter; called by picocli. */
  public Seconds() {}

  @Override
  public Duration convert(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw refused(text);
    }
    long number = Long.parseLong(form.group(1));
    Duration duration =
        switch (form.group(2)) {
          case "m" -> Duration.ofMinutes(number);
          case "h" -> Duration.ofHours(number);
          default -> Duration.ofSeconds(number);
        };
    if (duration.isZero() || duration.compareTo(LONGEST) > 0) {
      throw refused(text);
    }
    return duration;
  }

  private static TypeConversionException refused(String text) {
    return new TypeConversionException("must be 1s to 24h, such as 90, 90s, 5m or 1h: " + text);
  }
}
