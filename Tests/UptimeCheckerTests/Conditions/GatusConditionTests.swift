import Basics
import Testing

@testable import UptimeChecker

@Suite struct GatusConditionTests {
    @Test(arguments: ConditionRow.answers + ConditionRow.bodies + ConditionRow.display)
    func asInGatus(_ row: ConditionRow) throws {
        let result = try [Condition(row.condition)].evaluate(row.observation, showing: row.display)[0]
        #expect(result.isMet == row.isMet)
        #expect(result.text == row.text)
    }

    /// Where Tocsin differs, because Gatus shows or compares another value than the observed one.
    @Test(arguments: [
        // Gatus: `10s (1)`, `500ms (0s)`, `0 (0s)`, `90m (1h3)`.
        ConditionRow("[RESPONSE_TIME] < 10s", milliseconds: 12_000, false, "[RESPONSE_TIME] (12000) < 10s"),
        ConditionRow("[RESPONSE_TIME] < 500ms", milliseconds: 750, false, "[RESPONSE_TIME] (750) < 500ms"),
        ConditionRow("[RESPONSE_TIME] < 0", milliseconds: 50, false, "[RESPONSE_TIME] (50) < 0"),
        ConditionRow("[RESPONSE_TIME] > 90m", milliseconds: 50, false, "[RESPONSE_TIME] (50) > 90m"),
        // Gatus takes these for 0.
        ConditionRow("[RESPONSE_TIME] < 1d", milliseconds: 50, true),
        ConditionRow("[RESPONSE_TIME] < 500 ms", milliseconds: 750, false, "[RESPONSE_TIME] (750) < 500 ms"),
        // Gatus: `(1h1m3)`.
        ConditionRow(
            "[CERTIFICATE_EXPIRATION] > 48h", certificate: 3_690_000, false,
            "[CERTIFICATE_EXPIRATION] (1h1m30s) > 48h"),
        // Gatus: only in upper case, otherwise `(3600000)`.
        ConditionRow(
            "[certificate_expiration] > 48h", certificate: 3_600_000, false, "[certificate_expiration] (1h) > 48h"),
        // Gatus compares with `1.234567e+06`, so the first is never met and the second is always.
        ConditionRow("[BODY].id == 1234567", body: #"{"id":1234567}"#, true),
        ConditionRow("[BODY].id == 1.234567e+06", body: #"{"id":1234567}"#, true),
        ConditionRow("[BODY].id != 1234567", body: #"{"id":1234567}"#, false, "[BODY].id (1234567) != 1234567"),
        ConditionRow(
            "[BODY].id == 7", body: #"{"id":12345678901234567890}"#, false, "[BODY].id (12345678901234567890) == 7"),
        ConditionRow("[BODY].id == any(1, 1234567)", body: #"{"id":1234567}"#, true),
        ConditionRow("[BODY].id == pat(1234*)", body: #"{"id":1234567}"#, true),
        ConditionRow("[BODY].x == 2500000.5", body: #"{"x":2500000.5}"#, true),
        // Gatus: an error; it panics at the second.
        ConditionRow("[BODY].a[-1] == 3", body: #"{"a":[1,2,3]}"#, true),
        ConditionRow("[BODY].a[0] == 1", body: "[1]", false, "[BODY].a[0] (INVALID) == 1"),
        // Gatus lets a response be the pattern.
        ConditionRow("[BODY] == ok", body: "pat(*)", false, "[BODY] (pat(*)) == ok"),
        ConditionRow("[BODY] == ok", body: "any(ok)", false, "[BODY] (any(ok)) == ok"),
        // Gatus takes the first operator, wherever it is.
        ConditionRow("[BODY] == pat(*a == b*)", body: "if a == b:", true),
        ConditionRow("[BODY] != pat(*a == b*)", body: "if a == b:", false, "[BODY] (if a == b:) != pat(*a == b*)"),
        ConditionRow("pat(*:(*) == [BODY]", body: "sad :(", true),
    ])
    func otherThanInGatus(_ row: ConditionRow) throws {
        try asInGatus(row)
    }
}
