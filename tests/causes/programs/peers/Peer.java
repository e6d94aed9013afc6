// Both ends of the Java captures: ServerSocket and com.sun.net.httpserver, Socket and java.net.http.HttpClient.
import com.sun.net.httpserver.HttpServer;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;

public class Peer {
    static final byte[] REQUEST = "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n".getBytes();

    public static void main(String[] words) throws Exception {
        int port = Integer.parseInt(words[2]);
        switch (words[0]) {
            case "http" -> http(port);
            case "deaf" -> { var listener = new ServerSocket(port, 1); Thread.sleep(60_000); listener.close(); }
            case "leak" -> leak(port);
            case "halves" -> halves(port);
            case "socket" -> socket(words[1], port, words[3], Double.parseDouble(words[4]));
            case "client" -> client(words[1], port, words[3], Integer.parseInt(words[4]));
            case "many" -> many(words[1], port);
        }
    }

    static void http(int port) throws Exception {
        var server = HttpServer.create(new InetSocketAddress(port), 100);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 3);
            exchange.getResponseBody().write("ok\n".getBytes());
            exchange.close();
        });
        server.createContext("/hang", exchange -> { try { Thread.sleep(60_000); } catch (InterruptedException end) { exchange.close(); } });
        server.start();
    }

    /** Reads to the end of every connection and never closes one. */
    static void leak(int port) throws Exception {
        List<Socket> leaked = new ArrayList<>();
        try (var listener = new ServerSocket(port)) {
            while (true) {
                var connection = listener.accept();
                leaked.add(connection);
                new Thread(() -> { try { answer(connection); } catch (Exception end) { System.out.println(end); } }).start();
            }
        }
    }

    static void answer(Socket connection) throws Exception {
        var buffer = new byte[1000];
        while (connection.getInputStream().read(buffer) > 0) connection.getOutputStream().write("HTTP/1.1 204 No Content\r\n\r\n".getBytes());
    }

    /** Answers only after the client has shut down its output. */
    static void halves(int port) throws Exception {
        try (var listener = new ServerSocket(port)) {
            while (true) try (var connection = listener.accept()) {
                var all = connection.getInputStream().readAllBytes();
                Thread.sleep(500);
                connection.getOutputStream().write(("got " + all.length + "\n").getBytes());
            }
        }
    }

    static void socket(String host, int port, String habit, double seconds) throws Exception {
        var connection = new Socket();
        try {
            connection.connect(new InetSocketAddress(host, port), 2000);
            if (habit.equals("timeout")) connection.setSoTimeout((int) (seconds * 1000));
            connection.getOutputStream().write(REQUEST);
            if (habit.equals("halves")) connection.shutdownOutput();
            InputStream input = connection.getInputStream();
            read(input);
            if (habit.equals("twice")) {
                Thread.sleep((long) (seconds * 1000));
                connection.getOutputStream().write(REQUEST);
                read(input);
            }
            if (habit.equals("linger")) connection.setSoLinger(true, 0);
        } catch (Exception error) {
            System.out.println(error);
        }
        connection.close();
    }

    /** Reads to the end of one answer, however many segments it comes in. */
    static void read(InputStream input) throws Exception {
        var buffer = new byte[1000];
        var answer = new StringBuilder();
        while (!answer.toString().matches("(?s).*(ok\n|204 No Content\r\n\r\n|got \\d+\n)")) {
            int length = input.read(buffer);
            if (length < 0) return;
            answer.append(new String(buffer, 0, length));
        }
    }

    static void client(String host, int port, String path, int milliseconds) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://" + host + ":" + port + path)).timeout(Duration.ofMillis(milliseconds)).build();
        try {
            System.out.println(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()));
        } catch (Exception error) {
            System.out.println(error);
        }
        System.exit(0);
    }

    /** 12 clients of java.net.http one after the other with 10 requests each, and 150 plain sockets. */
    static void many(String host, int port) throws Exception {
        for (int i = 0; i < 12; i++) {
            var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
            for (int j = 0; j < 10; j++)
                client.send(HttpRequest.newBuilder(URI.create("http://" + host + ":" + port + "/")).build(), HttpResponse.BodyHandlers.ofString());
        }
        for (int i = 0; i < 150; i++) socket(host, port, "once", 0);
    }
}
