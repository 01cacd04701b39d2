import Basics
import Events
import JSON
import Testing
import Transport

@testable import SLARunner

@Suite struct SLAResultTests {
    private let end = Timestamp(secondsSinceEpoch: 1_574_778_556.9)

    @Test func plainMessage() throws {
        let result = SLAResult(
            CommandOutcome(.exited(0), after: .milliseconds(12_999)), at: end, configuration: try configuration())
        #expect(
            result.json.description == """
                {"timestamp":1574778556,"succeeded":true,"service":"shop","testExecutionSecs":12,\
                "testExecutionSeconds":12.999,"groups":[],"tagID":null,"slaTarget":99.9,"interval":60}
                """)
        #expect(result.logKey == "shop/1574778556_SUCCESS")
    }

    @Test func fullMessage() throws {
        let configuration = try configuration([
            "SLARUNNER_GROUPS": "web,core", "SLARUNNER_SVC_TAG": "tag", "SLA_TARGET": "99.5",
            "SLARUNNER_SERVICE": #"a"b"#,
        ])
        let result = SLAResult(CommandOutcome(.exited(2), after: .zero), at: end, configuration: configuration)
        #expect(
            result.envelope == #"""
                {"default":"{\"timestamp\":1574778556,\"succeeded\":false,\"service\":\"a\\\"b\",\"testExecutionSecs\":0,\#
                \"testExecutionSeconds\":0.0,\"groups\":[\"web\",\"core\"],\"tagID\":\"tag\",\"slaTarget\":\"99.5\",\#
                \"interval\":60}"}
                """#)
        #expect(result.logKey == #"a"b/1574778556_FAILURE"#)
    }

    @Test(arguments: [
        (CommandOutcome.Ending.exited(0), true, 0), (.exited(1), false, 1), (.exited(-9), false, -9),
        (.timedOut, false, 124), (.failed("no such file"), false, 127),
    ])
    func verdicts(ending: CommandOutcome.Ending, succeeded: Bool, code: Int) {
        let outcome = CommandOutcome(ending, after: .zero)
        #expect(outcome.succeeded == succeeded)
        #expect(outcome.exitCode == code)
    }

    @Test func metricWriterReadsIt() throws {
        let result = SLAResult(
            CommandOutcome(.exited(0), after: .milliseconds(1_250)), at: end,
            configuration: try configuration(["SLARUNNER_GROUPS": "web"]))
        let read = try SLAResult(parsing: result.json.description)
        #expect(read.timestamp == Timestamp(secondsSinceEpoch: 1_574_778_556))
        #expect(read.succeeded && read.service == "shop" && read.groups == ["web"])
        #expect(read.executionSecs == 1 && read.executionSeconds == 1.25)
    }
}
