// Jetty, stopped as its manual says (Programming Guide, "Graceful shutdown"): GracefulHandler, a stop timeout, and the
// stop at the end of the JVM, which SIGTERM begins: JettyServer PORT
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;

public final class JettyServer extends Handler.Abstract {
  private static int number(Request request, String name) throws Exception {
    return Request.extractQueryParameters(request).get(name).getValueAsInt();
  }

  private static void events(Response response) throws Exception {
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
    try (var to = Content.Sink.asOutputStream(response)) {
      while (true) {
        to.write("data: here\n\n".getBytes(StandardCharsets.US_ASCII));
        to.flush();
        Thread.sleep(100);
      }
    }
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    switch (Request.getPathInContext(request)) {
      case "/hello" -> Content.Sink.write(response, true, "Hello, World!", callback);
      case "/slow" -> {
        Thread.sleep(number(request, "ms"));
        Content.Sink.write(response, true, "slept", callback);
      }
      case "/bytes" -> {
        final int count = number(request, "n");
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, count);
        response.write(true, ByteBuffer.allocate(count), callback);
      }
      case "/upload" -> {
        final int count = Content.Source.asInputStream(request).readAllBytes().length;
        Content.Sink.write(response, true, count + " bytes", callback);
      }
      case "/events" -> {
        try {
          events(response);
        } catch (IOException | InterruptedException gone) {
          callback.failed(gone);
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  public static void main(String[] arguments) throws Exception {
    final var server = new Server();
    final var configuration = new HttpConfiguration();
    final var connector =
        new ServerConnector(
            server, new HttpConnectionFactory(configuration), new HTTP2CServerConnectionFactory(configuration));
    connector.setHost("127.0.0.1");
    connector.setPort(Integer.parseInt(arguments[0]));
    server.addConnector(connector);
    server.setHandler(new GracefulHandler(new JettyServer()));
    server.setStopTimeout(8000);
    server.setStopAtShutdown(true);
    server.start();
    server.join();
  }
}
