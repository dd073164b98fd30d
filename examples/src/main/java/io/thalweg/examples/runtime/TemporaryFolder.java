package io.thalweg.examples.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A folder that goes when it is closed, with all that is in it. */
public final class TemporaryFolder implements AutoCloseable {

  private final Path path;

  private TemporaryFolder(Path path) {
    this.path = path;
  }

  /**
   * Makes one.
   *
   * @param what the middle of its name
   * @return a new folder
   * @throws DemoException if there is no room for it
   */
  public static TemporaryFolder of(String what) {
    try {
      return new TemporaryFolder(Files.createTempDirectory("thalweg-" + what + "-"));
    } catch (IOException e) {
      throw new DemoException("no temporary folder can be made: " + e.getMessage(), e);
    }
  }

  /**
   * A place in it.
   *
   * @param name the name of a file
   * @return its path
   */
  public Path resolve(String name) {
    return path.resolve(name);
  }

  /** Deletes it. */
  @Override
  public void close() {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + path, e);
    }
  }
}
