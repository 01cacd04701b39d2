import CloudWatchAlarms
import Testing

@Suite(.timeLimit(.minutes(1))) struct AlarmRuleTextTests {
    private static let (a, b, c) = (
        AlarmRuleExpression.state(.alarm, alarm: "a"), AlarmRuleExpression.state(.ok, alarm: "b"),
        AlarmRuleExpression.state(.insufficientData, alarm: "c")
    )

    @Test(
        arguments: [
            (a, #"ALARM("a")"#),
            (.and([a, b]), #"ALARM("a") AND OK("b")"#),
            (.or([a, .and([b, c])]), #"ALARM("a") OR (OK("b") AND INSUFFICIENT_DATA("c"))"#),
            (.and([.or([a, b]), c]), #"(ALARM("a") OR OK("b")) AND INSUFFICIENT_DATA("c")"#),
            (.and([.and([a, b]), c]), #"(ALARM("a") AND OK("b")) AND INSUFFICIENT_DATA("c")"#),
            (.not(a), #"NOT ALARM("a")"#),
            (.not(.or([a, b])), #"NOT (ALARM("a") OR OK("b"))"#),
            (.not(.not(a)), #"NOT NOT ALARM("a")"#),
            (.constant(true), "TRUE"), (.constant(false), "FALSE"),
            (
                .atLeast(.count(2), .alarm, isNegated: false, alarms: ["a", "b", "c"]),
                #"AT_LEAST(2, ALARM, ("a", "b", "c"))"#
            ),
            (.atLeast(.percent(50), .ok, isNegated: true, alarms: ["a"]), #"AT_LEAST(50%, NOT OK, ("a"))"#),
            (.state(.alarm, alarm: "a, (b): ü"), #"ALARM("a, (b): ü")"#),
            (.state(.alarm, alarm: #"say "no"\"#), #"ALARM("say \"no\"\\")"#),
        ] as [(AlarmRuleExpression, String)]) func writtenAndRead(_ rule: AlarmRuleExpression, _ text: String) throws
    {
        #expect(rule.description == text)
        #expect(try AlarmRuleExpression(parsing: text) == rule)
    }

    /// Forms of AWS's documentation and of the CDK, which has ARNs without quotes in AT_LEAST.
    @Test(
        arguments: [
            ("ALARM(a) AND NOT ALARM(b c)", .and([a, .not(.state(.alarm, alarm: "b c"))])),
            ("alarm(a) or ok( b )", .or([a, b])),
            (#"ALARM("a") OR OK("b") AND INSUFFICIENT_DATA("c")"#, .or([a, .and([b, c])])),
            (
                #"(((ALARM("a") OR OK("b")) AND (NOT (INSUFFICIENT_DATA("c")))) OR FALSE)"#,
                .or([.and([.or([a, b]), .not(c)]), .constant(false)])
            ),
            (
                "AT_LEAST(2,NOT ALARM,(arn:aws:cloudwatch:r:1:alarm:x, arn:aws:cloudwatch:r:1:alarm:y))",
                .atLeast(
                    .count(2), .alarm, isNegated: true,
                    alarms: ["arn:aws:cloudwatch:r:1:alarm:x", "arn:aws:cloudwatch:r:1:alarm:y"])
            ),
            ("false", .constant(false)), ("\n NOT(TRUE)\t", .not(.constant(true))),
        ] as [(String, AlarmRuleExpression)]) func otherForms(_ text: String, _ rule: AlarmRuleExpression) throws
    {
        #expect(try AlarmRuleExpression(parsing: text) == rule)
    }

    @Test(arguments: [
        ("", #"column 1: ALARM("name"), NOT, TRUE, FALSE or ( is expected here"#),
        ("ALRM(a)", "column 1: ALRM is not known, did you mean ALARM?"),
        ("checkout", #"column 1: checkout is not known: write ALARM("name")"#),
        ("ALARM a", #"column 7: ( is expected here, which stands before the alarm's name: ALARM("name")"#),
        ("ALARM()", "column 7: an alarm's name is expected here"),
        (#"ALARM("a)"#, "column 10: a quotation mark is missing behind the name"),
        ("ALARM(a) OK(b)", "column 10: AND, OR or the end is expected here"),
        ("(ALARM(a)", "column 10: ) is expected here, which closes what was opened before"),
        ("AT_LEAST(x, ALARM, (a))", "column 10: how many alarms are needed is expected here: 2, or 50%"),
        (
            "AT_LEAST(1, BROKEN, (a))",
            "column 13: ALARM, OK or INSUFFICIENT_DATA, with or without NOT, is expected here"
        ),
    ]) func faultsAreTold(_ text: String, _ message: String) {
        let error = #expect(throws: CloudWatchAlarmsError.self) { try AlarmRuleExpression(parsing: text) }
        #expect(error?.message == message)
        #expect(error?.code == .wrongRule)
    }

    @Test func depthIsLimited() {
        let rule = { (count: Int) in
            String(repeating: "(", count: count) + "TRUE" + String(repeating: ")", count: count)
        }
        #expect(throws: Never.self) { try AlarmRuleExpression(parsing: rule(99)) }
        #expect(throws: CloudWatchAlarmsError.self) { try AlarmRuleExpression(parsing: rule(100)) }
    }

    @Test func alarmsAreNamedOnce() throws {
        let rule = try AlarmRuleExpression(parsing: "ALARM(b) AND (OK(a) OR AT_LEAST(1, ALARM, (b, c)))")
        #expect(rule.alarms == ["b", "a", "c"])
        #expect(rule.elementCount == 6)
    }

    @Test func normalizationRemovesWhatHasNoEffect() {
        let rule = AlarmRuleExpression.and([
            .and([Self.a, .or([Self.b])]), .not(.or([.or([Self.a, Self.b]), Self.c])),
        ])
        #expect(rule.normalized == .and([Self.a, Self.b, .not(.or([Self.a, Self.b, Self.c]))]))
    }
}
