package io.thalweg.examples.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Temporary folder that is deleted, with its content, when it is closed or the JVM ends. */
public final class TemporaryFolder implements AutoCloseable {

  private final Path path;
  private final Thread atExit = new Thread(this::deleteAtExit, "delete-files");

  private TemporaryFolder(Path path) {
    this.path = path;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /**
   * Creates a folder.
   *
   * @param label the middle part of its name
   * @return a new folder
   * @throws DemoException if it cannot be created
   */
  public static TemporaryFolder of(String label) {
    try {
      return new TemporaryFolder(Files.createTempDirectory("thalweg-" + label + "-"));
    } catch (IOException e) {
      throw new DemoException("cannot create a temporary folder: " + e.getMessage(), e);
    }
  }

  /**
   * Returns the path of a file in the folder.
   *
   * @param name the name of the file
   * @return the path
   */
  public Path resolve(String name) {
    return path.resolve(name);
  }

  /** Deletes the folder and its content. */
  @Override
  public void close() {
    delete();
    Runtime.getRuntime().removeShutdownHook(atExit);
  }

  private void deleteAtExit() {
    try {
      delete();
    } catch (UncheckedIOException e) {
      // a thread that still runs has created a file meanwhile
    }
  }

  private void delete() {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + path, e);
    }
  }
}
