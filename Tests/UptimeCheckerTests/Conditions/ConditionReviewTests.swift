import Basics
import Testing

@testable import UptimeChecker

/// Conditions of files that Gatus accepts although they can mean nothing, and those that it refuses.
@Suite struct ConditionReviewTests {
    @Test(
        "a condition that can mean nothing is refused, with a proposal",
        arguments: [
            // Numbers.
            ("[BODY] =~ ok", "is no comparison", nil),
            ("len([BODY]) > a", "`a` is neither a number nor a length of time", nil),
            ("[RESPONSE_TIME] < potato", "neither a number", nil),
            ("[BODY].version > 1.2.3", "`1.2.3` is neither a number", nil),
            ("[STATUS] < any(300)", "goes with == and !=", nil),
            ("[STATUS] < pat(3*)", "goes with == and !=", nil),
            ("[CONNECTED] > 0", "`[CONNECTED]` is no number", nil),
            ("has([BODY].a) > 0", "`has([BODY].a)` is no number", nil),
            ("[IP] >= 10", "`[IP]` is no number", nil),
            ("[STATUS] < 300ms", "is a length of time, and `[STATUS]` is none", "[STATUS] < 300"),
            ("len([BODY]) > 5s", "is a length of time", "len([BODY]) > 5"),
            ("[RESPONSE_TIME] < 0", "never holds", nil), ("0 > [RESPONSE_TIME]", "never holds", nil),
            ("[STATUS] > 999", "from 0 to 999", nil), ("len([BODY]) <= -1", "0 or more", nil),
            // Two comparisons in one.
            (
                "[STATUS] >= 200 [STATUS] < 300", "`200 [STATUS] < 300` is plain text here",
                "[STATUS] >= 200 && [STATUS] < 300"
            ),
            ("200 <= [STATUS] < 300", "is plain text", "200 <= [STATUS] && [STATUS] < 300"),
            ("[STATUS] == 200 and [BODY] == x", "the second == has no effect", "[STATUS] == 200 && [BODY] == x"),
            ("[STATUS] == 200 AND [BODY] == x", "the second == has no effect", "[STATUS] == 200 && [BODY] == x"),
            ("[STATUS] == 200 or [STATUS] == 204", "no effect", "[STATUS] == 200 || [STATUS] == 204"),
            ("[STATUS] == 200, [BODY] == it is up", "no effect", "[STATUS] == 200 && [BODY] == it is up"),
            ("[STATUS] == 200||[STATUS] == 204", "no effect", "[STATUS] == 200 || [STATUS] == 204"),
            ("[BODY] == x and [RESPONSE_TIME] < 500", "plain text here", "[BODY] == x && [RESPONSE_TIME] < 500"),
            ("[STATUS] == 200 == 404", "the second == has no effect", nil),
            ("[STATUS] == 200 ||", "|| joins two whole comparisons", "[STATUS] == 200"),
            ("[BODY] == x &&", "&& joins two whole comparisons", "[BODY] == x"),
            // Values that there are not.
            ("[STATUS] == 2xx", "`2xx` is never the value of `[STATUS]`", "[STATUS] == pat(2*)"),
            ("[STATUS] != 5XX", "`5XX` is never the value", "[STATUS] != pat(5*)"),
            ("2xx == [STATUS]", "`2xx` is never the value", "pat(2*) == [STATUS]"),
            ("[STATUS] == 2*", "never the value", "[STATUS] == pat(2*)"),
            ("[STATUS] == any(2*)", "`2*` is never the value", "[STATUS] == pat(2*)"),
            ("[STATUS] == any(200, 3xx)", "`3xx` is never the value", "[STATUS] == 200 || [STATUS] == pat(3*)"),
            ("[STATUS] != any(4xx, 5xx)", "never the value", "[STATUS] != pat(4*) && [STATUS] != pat(5*)"),
            ("[STATUS] == any(0xC8)", "`0xC8` is never the value", "[STATUS] == 0xC8"),
            ("[STATUS] == any()", "an empty text is never the value", nil),
            ("[STATUS] == pat(2xx)", "`pat(2xx)` is never the value", "[STATUS] == pat(2*)"),
            ("[STATUS] == regex(2xx)", "`regex(2xx)` is never the value", nil),
            ("[STATUS] == 200, 201", "never the value", "[STATUS] == any(200, 201)"),
            ("[STATUS] == 200|201", "never the value", "[STATUS] == any(200, 201)"),
            ("[STATUS] == 200 201", "never the value", "[STATUS] == any(200, 201)"),
            ("[STATUS] == [200, 201]", "never the value", "[STATUS] == any(200, 201)"),
            ("[STATUS] == (200)", "never the value", "[STATUS] == 200"),
            ("[STATUS] == 200 or 204", "never the value", "[STATUS] == any(200, 204)"),
            ("[STATUS] == 200-299", "never the value", "[STATUS] >= 200 && [STATUS] <= 299"),
            ("[STATUS] == '200'", "never the value", "[STATUS] == 200"),
            ("[STATUS] == 200.0", "never the value", "[STATUS] == 200"),
            ("[STATUS] == OK", "which is a number such as 200", nil), ("[STATUS] == 20", "never the value", nil),
            ("[STATUS] == ", "an empty text is never", nil),
            ("[CONNECTED] == True", "which is true or false", "[CONNECTED] == true"),
            ("[CONNECTED] != yes", "never the value", "[CONNECTED] != true"),
            ("has([BODY].a) == 0", "never the value", "has([BODY].a) == false"),
            ("[CONNECTED] == pat(T*)", "never the value", nil),
            ("[DNS_RCODE] == noerror", "which is a code such as NOERROR", "[DNS_RCODE] == NOERROR"),
            ("[DNS_RCODE] == NXDOMIAN", "never the value", "[DNS_RCODE] == NXDOMAIN"),
            ("[RESPONSE_TIME] == 1s", "which is a whole number of milliseconds", "[RESPONSE_TIME] <= 1s"),
            ("[CERTIFICATE_EXPIRATION] != 0s", "never the value", nil),
            ("[CERTIFICATE_EXPIRATION] == 30 days", "never the value", "[CERTIFICATE_EXPIRATION] >= 30d"),
            ("len([BODY].a) == john", "which is a whole number", nil), ("len([BODY]) == -1", "never the value", nil),
            ("len([BODY]) == pat(a*)", "never the value", nil),
            ("[IP] == localhost", "which is an address", nil), ("[IP] == 10.0.0.0/8", "which is an address", nil),
            ("[IP] == any(::1, 0:0::1)", "`0:0::1` is never the value", nil),
            ("[IP] == pat(host*)", "never the value", nil),
            ("[BODY] == any(pat(a*), b)", "any(…) lists texts", nil),
            // Lengths of time in other words.
            ("[RESPONSE_TIME] < 500 milliseconds", "neither a number", "[RESPONSE_TIME] < 500ms"),
            ("[CERTIFICATE_EXPIRATION] > 30 Days", "neither a number", "[CERTIFICATE_EXPIRATION] > 30d"),
            // Nothing of the answer is in it.
            ("raw == raw", "both sides are plain text", nil), ("1 == 2", "both sides are plain text", nil),
            // What Gatus refuses as well.
            ("[STATUS]==200", "with a space on both sides", "[STATUS] == 200"),
            ("[STATUS] = 200", "is no comparison", "[STATUS] == 200"),
            ("[STATUS] => 200", "is no comparison", "[STATUS] >= 200"),
            ("[STAUS] == 200", "plain text", "[STATUS] == 200"), ("status == 200", "plain text", "[STATUS] == 200"),
            ("len(body.items) > 0", "takes a placeholder", "len([BODY].items) > 0"),
            ("[CONNECTED]", "is no comparison", "[CONNECTED] == true"),
            ("has([BODY].a)", "is no comparison", "has([BODY].a) == true"),
            ("[STATUS] == 200 || 201", "is no comparison", "[STATUS] == any(200, 201)"),
            ("[BODY] == a || b", "is no comparison", "[BODY] == any(a, b)"),
            ("[STATUS] is fine", "is no comparison", nil), ("", "is no comparison", nil),
        ] as [(String, String, String?)])
    func refused(_ text: String, _ words: String, _ proposal: String?) {
        let error = #expect(throws: ConditionError.self) { try Condition(reviewing: text) }
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        #expect(error?.proposal == proposal)
        if let proposal { #expect(error?.description.hasSuffix(": did you mean `\(proposal)`?") == true) }
    }

    /// What is accepted as it is: all the conditions of Gatus's documentation, and texts of any form.
    @Test(arguments: [
        "[STATUS] == 200", "[STATUS] != 200", "[STATUS] == 0", "[STATUS] == 1", "[STATUS] == 0xC8",
        "[STATUS] == any(200, 201, 202, 203)", "[STATUS] == pat(2*)", "[STATUS] == pat(2??)", "pat([23]*) == [STATUS]",
        "[STATUS] == regex(^2)", "[STATUS] == [BODY].status", "[STATUS] >= 200.9", "[STATUS] < 300", "[STATUS] > 0",
        "[CONNECTED] == true", "[CONNECTED] != false", "[CONNECTED] == any(true, false)", "[RESPONSE_TIME] < 500",
        "[RESPONSE_TIME] < 1.5s", "[RESPONSE_TIME] <= 0", "[RESPONSE_TIME] == 500", "[RESPONSE_TIME] < [BODY].limit",
        "[IP] == 127.0.0.1", "[IP] == any(::1, 127.0.0.1)", "[IP] == pat(10.*)", "[IP] != pat(fd*)", "[IP] == ",
        "[DNS_RCODE] == NOERROR", "[dns_rcode] == any(NXDOMAIN, SERVFAIL)", "[DNS_RCODE] == pat(NX*)",
        "[DNS_RCODE] == RCODE11", "[CERTIFICATE_EXPIRATION] > 48h", "[CERTIFICATE_EXPIRATION] == 0",
        "[CERTIFICATE_EXPIRATION] > 2419200000", "[CERTIFICATE_EXPIRATION] > -1h", "[DOMAIN_EXPIRATION] > 720h",
        "has([BODY].errors) == false", "has([BODY].users[0].name) == true", "len([BODY]) == 3", "len([BODY].a) < 5",
        "len([BODY].a) == pat(1*)", "[BODY] == 1", "[BODY].age == [BODY].id", "[BODY] == ", "[BODY].x > 1e3",
        "[BODY] == pat(*<h1>a and b == c</h1>*)", "[BODY] == a < b", "[BODY] == it is 2xx", "[BODY] == a and b",
        "[BODY] == any(a*, 2xx)", "[BODY].at > 2h", "[HEADERS].Vary == a, b", "[HEADERS].X == True", "[BODY] == ||",
        "[STATUS] == 200 || [STATUS] == 204 && [BODY] == x", "[CERTIFICATE_ISSUER] == pat(*Example*)",
    ])
    func accepted(_ text: String) throws {
        #expect(try Condition(reviewing: text).text == text)
    }

    @Test(
        "days, weeks and a space before the unit are lengths of time",
        arguments: [
            ("30d", 30 * 86_400_000), ("2w", 14 * 86_400_000), ("1w2d", 9 * 86_400_000), ("500 ms", 500),
            ("30 d", 30 * 86_400_000), ("1h 30m", 5_400_000), ("P30D", 30 * 86_400_000), ("1.5d", 129_600_000),
        ])
    func lengths(_ text: String, _ milliseconds: Int) throws {
        let condition = try Condition(reviewing: "[CERTIFICATE_EXPIRATION] >= \(text)")
        for (time, isMet) in [(milliseconds, true), (milliseconds - 1, false)] {
            var observation = Observation()
            observation.certificateExpiration = .milliseconds(time)
            let result = [condition].evaluate(observation)[0]
            #expect(result.isMet == isMet, "\(time)")
            if !isMet { #expect(result.text.hasSuffix(") >= \(text)"), "\(result.text)") }
        }
    }

    /// A value that was observed keeps Gatus's meaning.
    @Test func onlyTheConditionHasDays() throws {
        var observation = Observation()
        observation.body = Array(#"{"x":"30d"}"#.utf8)
        #expect(try [Condition(reviewing: "[BODY].x < 1")].evaluate(observation)[0].isMet)
    }

    @Test func aFileWithOneIsRefused() throws {
        let file = "endpoints: [{name: n, url: 'http://a', conditions: ['[STATUS] == 2xx', '[BODY] > hush']}]"
        let faults = FaultTests.faults(file)
        #expect(
            faults.contains(
                "endpoints[0](n).conditions[0]: `2xx` is never the value of `[STATUS]`, which is a number such as 200 "
                    + "(at character 1): did you mean `[STATUS] == pat(2*)`?"), "\(faults)")
        #expect(faults.contains("conditions[1]: "))
    }
}
