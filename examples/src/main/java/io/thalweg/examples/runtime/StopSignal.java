package io.thalweg.examples.runtime;

import java.io.PrintWriter;
import java.io.Writer;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C as a wish instead of an end: a run that is asked to stop drains, stops what it started and
 * reports, and the JVM ends as if by itself. A second Ctrl-C ends it at once.
 *
 * <p>Thread-safe.
 */
public final class StopSignal implements AutoCloseable {

  private static final int EXIT_CODE =
      130; // what a shell expects of a process that was interrupted

  private final CountDownLatch received = new CountDownLatch(1);
  private final List<Callable<Object>> restore = new ArrayList<>();

  private final PrintWriter out;

  private StopSignal(PrintWriter out) {
    this.out = out;
  }

  /** A signal that comes by {@link #send} alone. */
  public StopSignal() {
    this(new PrintWriter(Writer.nullWriter()));
  }

  /**
   * Until it is closed, an interrupt from the terminal, or a request to terminate, is this signal.
   *
   * @param out told at once that the signal was heard
   * @return the signal
   */
  public static StopSignal install(PrintWriter out) {
    StopSignal signal = new StopSignal(out);
    signal.handle("INT");
    signal.handle("TERM");
    return signal;
  }

  // A shutdown hook would not do: while hooks run, Kafka and Storm refuse to register their own,
  // temporary files of native libraries stay behind, and the exit code cannot be chosen. The class
  // for signals is the JDK's, but not of its specification: it is looked up, and where it is
  // missing Ctrl-C ends the JVM.
  private void handle(String name) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler handling =
          (proxy, method, arguments) ->
              switch (method.getName()) {
                case "handle" -> {
                  send();
                  yield null;
                }
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> name;
              };
      Object proxy =
          Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, handling);
      Object which = signal.getConstructor(String.class).newInstance(name);
      Method handle = signal.getMethod("handle", signal, handler);
      Object before = handle.invoke(null, which, proxy);
      restore.add(() -> handle.invoke(null, which, before));
    } catch (ReflectiveOperationException e) {
      // not on this JVM, or the signal is not for us: an ordinary Ctrl-C is left
    }
  }

  /** Asks the run to stop; the second time, ends the JVM. */
  public void send() {
    if (received()) {
      Runtime.getRuntime().halt(EXIT_CODE);
    }
    out.println("stopping cleanly; Ctrl-C again stops at once");
    out.flush();
    received.countDown();
  }

  /**
   * Whether the run is to end.
   *
   * @return true after {@link #send}
   */
  public boolean received() {
    return received.getCount() == 0;
  }

  /**
   * Waits for the signal.
   *
   * @param time how long at most
   * @return whether the run is to end
   */
  public boolean await(Duration time) {
    try {
      return received.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** Gives the signals back to those who had them. */
  @Override
  public void close() {
    try {
      for (Callable<Object> each : restore) {
        each.call();
      }
    } catch (Exception e) {
      throw new IllegalStateException("signals cannot be given back", e);
    }
  }
}
