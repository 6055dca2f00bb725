// Spring Boot with Tomcat, stopped as its manual says (Reference, "Graceful shutdown"): server.shutdown and
// spring.lifecycle.timeout-per-shutdown-phase: SpringServer PORT
package world;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@RestController
public class SpringServer {
  @GetMapping("/hello")
  public String hello() {
    return "Hello, World!";
  }

  @GetMapping("/slow")
  public String slow(@RequestParam("ms") int milliseconds) throws InterruptedException {
    Thread.sleep(milliseconds);
    return "slept";
  }

  @GetMapping("/bytes")
  public byte[] bytes(@RequestParam("n") int count) {
    return new byte[count];
  }

  @PostMapping("/upload")
  public String upload(InputStream body) throws IOException {
    return body.readAllBytes().length + " bytes";
  }

  @GetMapping("/events")
  public void events(HttpServletResponse response) throws IOException, InterruptedException {
    response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
    while (true) {
      response.getOutputStream().print("data: here\n\n");
      response.flushBuffer();
      Thread.sleep(100);
    }
  }

  public static void main(String[] arguments) {
    final var application = new SpringApplication(SpringServer.class);
    application.setDefaultProperties(
        Map.of(
            "server.address", "127.0.0.1",
            "server.port", arguments[0],
            "server.shutdown", "graceful",
            "server.http2.enabled", "true",
            "spring.lifecycle.timeout-per-shutdown-phase", "8s",
            "spring.main.banner-mode", "off",
            "logging.level.root", "error"));
    application.run();
  }
}
