package io.thalweg.examples.core;

import static java.time.Duration.ofSeconds;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;

/** An aggregate of one's own: the longest word of each sliding window. */
public final class OwnAggregate {

  /** The state is the longest word so far. AggregateLaws checks the aggregate in the test. */
  static final Aggregate<String, StringBuilder, String> LONGEST_WORD =
      Aggregate.of(
          StringBuilder::new,
          OwnAggregate::keepLonger,
          OwnAggregate::keepLonger,
          state -> state.setLength(0),
          StringBuilder::toString,
          Codec.of(
              "example.longest-word",
              (state, out) -> out.writeUTF(state.toString()),
              in -> new StringBuilder(in.readUTF())));

  private static void keepLonger(StringBuilder longest, CharSequence other) {
    if (other.length() > longest.length()) {
      longest.replace(0, longest.length(), other.toString());
    }
  }

  private OwnAggregate() {}

  /** Prints the longest word of every ten seconds, every five seconds. */
  public static void main(String[] args) {
    WindowedAggregator<String, String, String> longest =
        WindowedAggregator.of(LONGEST_WORD, Windows.sliding(ofSeconds(10), ofSeconds(5))).build();
    Output<String, String> printer =
        new Output<>() {
          @Override
          public void emit(String key, String word) {
            throw new IllegalStateException("a sliding window emits updates only: " + key);
          }

          @Override
          public void update(String key, Pane pane, String word, String previous) {
            System.out.printf("[%d, %d) ms  %s%n", pane.start(), pane.end(), word);
          }
        };
    String[] words = "the line of deepest and swiftest flow in a stream".split(" ");
    for (int i = 0; i < words.length; i++) { // a word every two seconds
      longest.process("text", words[i], i * 2_000L, printer);
      longest.advance(i * 2_000L, printer);
    }
    longest.advance(Long.MAX_VALUE, printer);
  }
}
