package org.pocketbench.core.client;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.Test;
import org.pocketbench.core.Refused;

/** What comes over a connection is an answer, or refused with a reason. */
public class HttpAnswerTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nINFERENCE-NS: 7\r\n";

    private static HttpAnswer answer(String text) {
        return new HttpAnswer(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private static String reason(String text) {
        return assertThrows(Refused.class, () -> read(answer(text))).reason;
    }

    private static byte[] read(HttpAnswer from) throws IOException {
        byte[] body = new byte[2];
        from.head();
        from.body(body);
        return body;
    }

    @Test
    public void answersComeOneAfterAnotherOverAConnectionThatIsKept() throws IOException {
        HttpAnswer two = answer(OK + "\r\nab" + OK + "Connection: Close\r\n\r\ncd");
        assertArrayEquals(new byte[] {'a', 'b'}, read(two));
        assertEquals("7", two.header("inference-ns"));
        assertFalse(two.closes());
        assertArrayEquals(new byte[] {'c', 'd'}, read(two));
        assertTrue(two.closes());
    }

    @Test
    public void anAnswerOfOldHttpEndsItsConnection() throws IOException {
        HttpAnswer old = answer(OK.replace("1.1", "1.0") + "\r\nab");
        read(old);
        assertTrue(old.closes());
    }

    @Test
    public void aServiceThatKnowsAnotherTokenRefuses() {
        assertEquals("device-refused", reason("HTTP/1.1 401 UNAUTHORIZED\r\n\r\n"));
        assertEquals("device-refused", reason("HTTP/1.1 500 whatever\r\n\r\n"));
    }

    @Test
    public void outputsOfAnotherSizeAreRefused() {
        assertEquals("shape-mismatch", reason(OK.replace("Length: 2", "Length: 3") + "\r\nabc"));
        assertEquals("shape-mismatch", reason("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"));
    }

    @Test
    public void whatIsNoHttpIsRefusedAndBounded() {
        assertEquals("protocol", reason("\0\0\0\0\n"));
        assertEquals("protocol", reason("HTTP/1.1 200 OK\r\nno header\r\n\r\n"));
        assertEquals("protocol", reason("H".repeat(5000)));
        assertEquals("protocol", reason("HTTP/1.1 200 OK\r\n" + manyHeaders() + "\r\n"));
        assertThrows(EOFException.class, () -> read(answer("HTTP/1.1 200")));
        assertThrows(EOFException.class, () -> read(answer(OK + "\r\na")));
    }

    @Test
    public void aTimeThatIsNoNumberIsRefused() {
        for (String told : new String[] {"", "-1", "1.5", "\u0661", "9999999999999999999"}) {
            assertEquals("protocol", assertThrows(Refused.class, () -> Nanoseconds.of(told)).reason);
        }
    }

    private static String manyHeaders() {
        StringBuilder headers = new StringBuilder();
        for (int i = 0; i < 65; i++) {
            headers.append("h").append(i).append(": 1\r\n");
        }
        return headers.toString();
    }
}
