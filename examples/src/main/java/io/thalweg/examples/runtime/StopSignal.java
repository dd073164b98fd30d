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
 * Request to stop a run, sent by Ctrl-C. The run drains, stops its services and prints its report
 * before the JVM exits. A second Ctrl-C exits at once.
 *
 * <p>Thread-safe.
 */
public final class StopSignal implements AutoCloseable {

  /** Exit code of an interrupted process, by the convention of shells. */
  private static final int EXIT_CODE = 130;

  private final CountDownLatch received = new CountDownLatch(1);
  private final List<Callable<Object>> restore = new ArrayList<>();

  private final PrintWriter out;

  private StopSignal(PrintWriter out) {
    this.out = out;
  }

  /** Creates a signal that only {@link #send} sends. */
  public StopSignal() {
    this(new PrintWriter(Writer.nullWriter()));
  }

  /**
   * Returns a signal that SIGINT and SIGTERM send until it is closed.
   *
   * @param out receives a line when the signal arrives
   * @return the signal
   */
  public static StopSignal install(PrintWriter out) {
    StopSignal signal = new StopSignal(out);
    signal.handle("INT");
    signal.handle("TERM");
    return signal;
  }

  // A shutdown hook does not work here: while hooks run, Kafka and Storm cannot register their own,
  // temporary files of native libraries stay behind, and the exit code cannot be chosen. The signal
  // class of the JDK is not part of its specification, so it is looked up by name; without it,
  // Ctrl-C exits the JVM.
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
      // this JVM has no such class, or reserves the signal: Ctrl-C keeps its default effect
    }
  }

  /** Sends the signal. The second call exits the JVM. */
  public void send() {
    if (received()) {
      Runtime.getRuntime().halt(EXIT_CODE);
    }
    out.println("stopping cleanly; Ctrl-C again stops at once");
    out.flush();
    received.countDown();
  }

  /**
   * Returns whether the signal was sent.
   *
   * @return true after {@link #send}
   */
  public boolean received() {
    return received.getCount() == 0;
  }

  /**
   * Waits for the signal.
   *
   * @param time the longest time to wait
   * @return true if the signal was sent
   */
  public boolean await(Duration time) {
    try {
      return received.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** Restores the previous signal handlers. */
  @Override
  public void close() {
    try {
      for (Callable<Object> each : restore) {
        each.call();
      }
    } catch (Exception e) {
      throw new IllegalStateException("signal handlers cannot be restored", e);
    }
  }
}
