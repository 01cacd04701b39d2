import Basics
import JSON
import Testing
import Transport

@testable import UptimeChecker

/// The additions to Gatus's language.
@Suite struct ConditionTests {
    @Test(arguments: [
        ConditionRow("[STATUS] == 200 || [STATUS] == 204", status: 204, true),
        ConditionRow(
            "[STATUS] == 200 || [STATUS] == 204", status: 500, false, "[STATUS] (500) == 200 || [STATUS] (500) == 204"),
        ConditionRow("[STATUS] == 200 && [RESPONSE_TIME] < 500", status: 200, milliseconds: 5, true),
        ConditionRow(
            "[STATUS] == 200 && [RESPONSE_TIME] < 500", status: 200, milliseconds: 900, false,
            "[STATUS] (200) == 200 && [RESPONSE_TIME] (900) < 500"),
        // && binds closer than ||.
        ConditionRow("[STATUS] == 503 || [STATUS] == 200 && [IP] == ::1", status: 503, true),
        ConditionRow("[STATUS] == 200 && [IP] == ::1 || [STATUS] == 503", status: 503, true),
        ConditionRow(
            "[STATUS] < 300 || [STATUS] == any(301, 302)", status: 302, showsMet: true, true,
            "[STATUS] (302) < 300 || [STATUS] (302) == any(301, 302)"),
        ConditionRow("[BODY] == pat(*a || b*)", body: "is a || b", true),
        ConditionRow("[BODY] == any(a && b, c)", body: "a && b", true),
    ])
    func joined(_ row: ConditionRow) throws { try check(row) }

    @Test(arguments: [
        ConditionRow("[BODY] == regex(^v\\d+\\.\\d+)", body: "v1.20 (stable)", true),
        ConditionRow(
            "[BODY] == regex(^v\\d+\\.\\d+$)", body: "v1.20 (stable)", false,
            "[BODY] (v1.20 (stable)) == regex(^v\\d+\\.\\d+$)"),
        ConditionRow("[BODY] != regex((?i)error|failed)", body: "all fine", true),
        ConditionRow(
            "[BODY] != regex((?i)error|failed)", body: "An ERROR occurred, and nobody knows why", false,
            "[BODY] (An ERROR occurred, and no...(truncated)) != regex((?i)error|failed)"),
        ConditionRow("regex(^2) == [STATUS]", status: 204, true),
        ConditionRow("[BODY].version == regex(^[0-9]+\\.[0-9]+$)", body: #"{"version":"3.14"}"#, true),
        ConditionRow("[BODY] == regex(a == b || c)", body: "a == b", true),
        ConditionRow("[BODY] == regex(\\() || [STATUS] == 200", status: 200, body: "x", true),
        // The search reaches its limit, so neither operator holds.
        ConditionRow(
            "[BODY] == regex(^(a+)+$)", body: String(repeating: "a", count: 40) + "b", false,
            "[BODY] (aaaaaaaaaaaaaaaaaaaaaaaaa...(truncated)) == regex(^(a+)+$)"),
        ConditionRow(
            "[BODY] != regex(^(a+)+$)", body: String(repeating: "a", count: 40) + "b", false,
            "[BODY] (aaaaaaaaaaaaaaaaaaaaaaaaa...(truncated)) != regex(^(a+)+$)"),
    ])
    func regularExpressions(_ row: ConditionRow) throws { try check(row) }

    private static let users = #"{"users":[{"id":1,"name":"ann","up":true},{"id":2,"name":"bob","up":false}],"n":null}"#

    @Test(arguments: [
        ConditionRow("[BODY].users[?(@.id == 2)].name == bob", body: users, true),
        ConditionRow(
            "[BODY].users[?@.id == 2].name == ann", body: users, false,
            "[BODY].users[?@.id == 2].name (bob) == ann"),
        ConditionRow(
            "[BODY].users[?@.id > 9].name == ann", body: users, false,
            "[BODY].users[?@.id > 9].name (INVALID) == ann"),
        ConditionRow("len([BODY].users[?@.up == false]) == 1", body: users, true),
        ConditionRow("len([BODY].users[?@.id > 9]) == 0", body: users, true),
        ConditionRow("has([BODY].users[?@.id > 9]) == false", body: users, true),
        ConditionRow("has([BODY]..name) == true", body: users, true),
        ConditionRow("[BODY].users[*].name == [ann bob]", body: users, true),
        ConditionRow("[BODY].users[-1].id == 2", body: users, true),
        ConditionRow("[BODY]['users'][0]['name'] == any(ann, bob)", body: users, true),
        ConditionRow("[BODY].users[?@.name == 'a ] == b'].id == 1 || [STATUS] == 0", body: users, true),
        ConditionRow("[BODY].users[1:].name == pat(b*)", body: users, true),
        ConditionRow("len([BODY].users[-9]) == 0", body: users, false, "len([BODY].users[-9]) (INVALID) == 0"),
        ConditionRow("has([BODY]['n']) == false", body: users, true),
        ConditionRow("has([BODY]..n) == false", body: users, true),
        ConditionRow("len([BODY]..n) == 1", body: users, true),
        ConditionRow("[BODY][*].x == 1", body: "not json", false, "[BODY][*].x (INVALID) == 1"),
    ])
    func queries(_ row: ConditionRow) throws { try check(row) }

    @Test func headers() throws {
        var observation = Observation()
        observation.headers = ["Content-Type": "text/html", "Set-Cookie": "session=secret", "via": "a", "Via": "b"]
        let rows: [(String, Bool, String?)] = [
            ("[HEADERS].Content-Type == text/html", true, nil),
            ("[headers].CONTENT-type == pat(text*)", true, nil),
            ("[HEADERS].Content-Type == a", false, "[HEADERS].Content-Type (text/html) == a"),
            ("[HEADERS].Via == a, b", true, nil),
            ("has([HEADERS].X) == true", false, "has([HEADERS].X) (false) == true"),
            ("[HEADERS].X == a", false, "[HEADERS].X (INVALID) == a"),
            ("len([HEADERS].Content-Type) == 9", true, nil),
            ("[HEADERS].Set-Cookie == a", false, "[HEADERS].Set-Cookie (…) == a"),
            ("[HEADERS].Set-Cookie == pat(session=*)", true, nil),
            ("[CERTIFICATE_ISSUER] == pat(*)", true, nil),
        ]
        for (text, isMet, shown) in rows {
            let result = try [Condition(text)].evaluate(observation)[0]
            #expect(result == ConditionResult(text: shown ?? text, isMet: isMet))
        }
    }

    @Test func certificateIssuer() throws {
        var observation = Observation()
        let condition = try Condition("[CERTIFICATE_ISSUER] == pat(CN=R1*)")
        #expect(
            [condition].evaluate(observation)[0].text
                == "[CERTIFICATE_ISSUER] ([CERTIFICATE_ISSUER] (INV...(truncated)) == pat(CN=R1*)")
        let time = Timestamp(microseconds: 0)
        observation.certificate = CertificateFacts(
            subject: "CN=example.com", issuer: "CN=R11,O=Example", names: [], notBefore: time, notAfter: time,
            serial: "1")
        #expect([condition].evaluate(observation)[0].isMet)
    }

    private static let needs: [(String, Condition.Needs)] = [
        ("[STATUS] == 200", []), ("[RESPONSE_TIME] < 5", []), ("[BODY].a == 1", .body),
        ("[body] == 1", .body), ("len([BODY]) > 0", .bodyLength), ("len([BODY].x) > 0", .body),
        ("1 == has([BODY].x)", .body), ("[IP] == 1", .ip),
        ("[DOMAIN_EXPIRATION] > 720h", .domainExpiration), ("[CERTIFICATE_EXPIRATION] > 48h", []),
        ("[CERTIFICATE_ISSUER] == x", []), ("[HEADERS].X == 1", []),
        ("[CONNECTED] == true", .connection),
        ("[STATUS] == 200 || [BODY] == x && [IP] == y", [.body, .ip]), ("[STATUS] == pat(*[BODY]*)", []),
    ]

    @Test(arguments: needs)
    func valuesThatAreNeeded(_ text: String, _ expected: Condition.Needs) throws {
        #expect(try Condition(text).needs == expected)
        #expect(try [Condition("[STATUS] == 1"), Condition(text)].needs == expected)
    }

    /// Invalid UTF-8 matches nothing, and a long body is shown cut.
    @Test func hugeAndBinaryBodies() throws {
        var observation = Observation()
        observation.body = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ ($0 >> 8)) }
        let conditions = try [
            "[BODY] == ok", "[BODY] == pat(*ok*z*q*)", "[BODY] == regex(ok.{3}z)", "[BODY].a == 1", "len([BODY]) < 5",
            "[BODY] > 5", "has([BODY]..a) == true",
        ].map { try Condition($0) }
        for result in conditions.evaluate(observation) {
            #expect(!result.isMet)
            #expect(result.text.utf8.count < 3_000)
        }
        observation.body = Array(("[" + String(repeating: "[1],", count: 600_000) + "0]").utf8)
        #expect(try [Condition("[BODY][0][0] == 1")].evaluate(observation)[0].isMet == false)
        observation.body = Array(repeating: UInt8(ascii: "["), count: 1 << 20)
        #expect(try [Condition("[BODY][0][0] == 1")].evaluate(observation)[0].isMet == false)
    }

    private func check(_ row: ConditionRow) throws {
        let result = try [Condition(row.condition)].evaluate(row.observation, showing: row.display)[0]
        #expect(result.isMet == row.isMet)
        #expect(result.text == row.text)
    }
}
