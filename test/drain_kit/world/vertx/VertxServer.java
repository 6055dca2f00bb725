// Vert.x, stopped as its manual says (Vert.x Core, "Server graceful shutdown"): shutdown with a limit, from a hook that
// SIGTERM runs: VertxServer PORT
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.TimeUnit;

public final class VertxServer {
  private static int number(HttpServerRequest request, String name) {
    return Integer.parseInt(request.getParam(name));
  }

  private static void events(Vertx vertx, HttpServerRequest request) {
    final var response = request.response().setChunked(true).putHeader("Content-Type", "text/event-stream");
    final long timer = vertx.setPeriodic(100, each -> response.write("data: here\n\n"));
    response.closeHandler(gone -> vertx.cancelTimer(timer));
    response.exceptionHandler(fault -> vertx.cancelTimer(timer));
  }

  public static void main(String[] arguments) throws Exception {
    final var vertx = Vertx.vertx();
    final var server =
        vertx
            .createHttpServer(new HttpServerOptions().setHandle100ContinueAutomatically(true))
            .requestHandler(
                request -> {
                  final var response = request.response();
                  switch (request.path()) {
                    case "/hello" -> response.end("Hello, World!");
                    case "/slow" -> vertx.setTimer(number(request, "ms"), each -> response.end("slept"));
                    case "/bytes" -> response.end(Buffer.buffer(new byte[number(request, "n")]));
                    case "/upload" -> request.body().onSuccess(body -> response.end(body.length() + " bytes"));
                    case "/events" -> events(vertx, request);
                    default -> response.setStatusCode(404).end();
                  }
                });
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.shutdown(8, TimeUnit.SECONDS).toCompletionStage().toCompletableFuture().join();
                  vertx.close().toCompletionStage().toCompletableFuture().join();
                }));
    server.listen(Integer.parseInt(arguments[0]), "127.0.0.1").toCompletionStage().toCompletableFuture().join();
  }
}
