import Basics
import JSON
import Testing
import Transport

@testable import SLARunner

@Suite struct RunnerTests {
    private let success = (output: "all well\n", outcome: CommandOutcome(.exited(0), after: .milliseconds(1_500)))
    private let failure = (output: "no answer\n", outcome: CommandOutcome(.exited(2), after: .milliseconds(20)))
    private let missing = SLARunnerError(.topicDoesNotExist, "Topic does not exist: arn")

    private func run(
        _ command: ScriptedCommand, with variables: [String: String] = [:], topic: ScriptedTopic = ScriptedTopic(),
        logs: ScriptedLogs? = nil, time: StoppingClock = StoppingClock()
    ) async throws -> (ending: Runner.Ending, printed: Printed) {
        let printed = Printed()
        var runner = Runner(
            try configuration(variables), command: command, publisher: topic, logs: logs, streams: printed.streams,
            time: time.source, stop: time.stop)
        return (await runner.run(), printed)
    }

    @Test func runsPublishesStoresWaits() async throws {
        let (topic, logs) = (ScriptedTopic(), ScriptedLogs())
        let time = StoppingClock(sleepsBeforeStop: 2)
        let run = try await run(
            ScriptedCommand([success, failure]), with: ["SLARUNNER_S3BUCKETNAME": "logs"], topic: topic, logs: logs,
            time: time)
        #expect(run.ending == .done)
        #expect(
            run.printed.lines == [
                "COMMAND:   echo hello", "SNS TOPIC: results", "S3 BUCKET: logs", "Beginning new loop...",
                "Executing: ['echo', 'hello']", "all well", "Test result: SUCCESS with exit code 0; Execution time: 1",
                "Beginning new loop...", "Executing: ['echo', 'hello']", "no answer",
                "Test result: FAILURE with exit code 2; Execution time: 0",
            ])
        #expect(run.printed.errors == "")
        #expect(try topic.messages.map { $0["succeeded"] } == [true, false])
        #expect(try topic.messages.map { $0["timestamp"] } == [1_574_778_556, 1_574_778_616])
        #expect(
            logs.logs == ["shop/1574778556_SUCCESS": "all well\n", "shop/1574778616_FAILURE": "no answer\n"])
        #expect(time.sleeps == [.seconds(60), .seconds(60)])
    }

    @Test func theBucketIsOptional() async throws {
        let run = try await run(ScriptedCommand([success]))
        #expect(run.printed.lines.contains("S3 BUCKET: none"))
        #expect(run.ending == .done)
    }

    @Test func onceEndsAfterOneRun() async throws {
        let (command, time) = (ScriptedCommand([failure]), StoppingClock())
        #expect(try await run(command, with: ["SLARUNNER_ONCE": "true"], time: time).ending == .done)
        #expect(command.runCount == 1)
        #expect(time.sleeps.isEmpty)
    }

    @Test func dryRunPrintsEverythingAndSleeps() async throws {
        let (topic, logs) = (ScriptedTopic(checkError: missing), ScriptedLogs())
        let time = StoppingClock(sleepsBeforeStop: 3)
        let run = try await run(
            ScriptedCommand([failure]), with: ["SLARUNNER_DRYRUN": "1"], topic: topic, logs: logs, time: time)
        #expect(try topic.messages.isEmpty)
        #expect(logs.logs.isEmpty)
        #expect(time.sleeps.count == 3)
        #expect(
            run.printed.lines[5..<11] == [
                "no answer", "Test result: FAILURE with exit code 2; Execution time: 0",
                "arn:aws:sns:eu-central-1:123456789012:results",
                """
                {"timestamp":1574778556,"succeeded":false,"service":"shop","testExecutionSecs":0,\
                "testExecutionSeconds":0.02,"groups":[],"tagID":null,"slaTarget":99.9,"interval":60}
                """,
                "no answer", "shop/1574778556_FAILURE",
            ])
    }

    @Test func disabledRunsNothing() async throws {
        let (command, time) = (ScriptedCommand([success]), StoppingClock())
        time.stop.request(.terminate)
        let run = try await run(command, with: ["SLARUNNER_DISABLED": "True"], time: time)
        #expect(run.ending == .done)
        #expect(command.runCount == 0)
        #expect(
            run.printed.lines.last
                == "SLA Monitor is disabled.  To enable SLA Monitor, please either set SSM parameter "
                + "SLARUNNER_DISABLED to false or unset the parameter and rerun sla-runner.")
    }
}

// MARK: - Failures

extension RunnerTests {
    @Test func unpublishedResultsAreSentLaterWithTheirOwnTime() async throws {
        let topic = ScriptedTopic(errors: [Outage(), Outage(), Outage()])
        let time = StoppingClock(sleepsBeforeStop: 4)
        let run = try await run(ScriptedCommand([success, failure, success]), topic: topic, time: time)
        #expect(run.ending == .done)
        #expect(
            try topic.messages.map { $0["timestamp"] } == [1_574_778_556, 1_574_778_616, 1_574_778_676, 1_574_778_736])
        #expect(try topic.messages.map { $0["succeeded"] } == [true, false, true, true])
        #expect(run.printed.errors.split(separator: "\n").count == 3)
    }

    @Test func resultsThatWaitAreBounded() async throws {
        let topic = ScriptedTopic(errors: Array(repeating: Outage(), count: 1_004))
        let run = try await run(ScriptedCommand([success]), topic: topic, time: StoppingClock(sleepsBeforeStop: 1_005))
        let messages = try topic.messages
        #expect(messages.count == 1_000)
        #expect(messages[0]["timestamp"] == .integer(1_574_778_556 + 5 * 60))
        #expect(run.printed.errors.contains("dropped"))
    }

    @Test(arguments: [("true", Runner.Ending.failed), ("false", .done)])
    func resultsNeverPublishedAreCounted(once: String, ending: Runner.Ending) async throws {
        let topic = ScriptedTopic(errors: [Outage()])
        let run = try await run(ScriptedCommand([success]), with: ["SLARUNNER_ONCE": once], topic: topic)
        #expect(run.ending == ending)
        #expect(run.printed.errors.hasSuffix("sla-runner: 1 result was never published\n"))
    }

    @Test func missingTopicAtTheStart() async throws {
        let command = ScriptedCommand([success])
        let run = try await run(command, topic: ScriptedTopic(checkError: missing))
        #expect(run.ending == .failed)
        #expect(run.printed.lines.last == "Topic does not exist: arn")
        #expect(command.runCount == 0)
    }

    @Test func missingTopicFoundWhenPublishing() async throws {
        let topic = ScriptedTopic(errors: [missing], checkError: Outage())
        let run = try await run(ScriptedCommand([success]), topic: topic)
        #expect(run.ending == .failed)
        #expect(run.printed.lines.last == "Topic does not exist: arn")
    }

    /// The original ends with 1 at the first error of AWS; a container platform then shows it.
    @Test("a topic that refuses for good ends the runner with 1, also after it has worked", arguments: [0, 1])
    func refusingTopic(published: Int) async throws {
        let refused = SLARunnerError(.refused, "The topic refuses")
        let topic = ScriptedTopic(errors: [refused], after: published)
        let command = ScriptedCommand([success])
        let run = try await run(command, topic: topic, time: StoppingClock(sleepsBeforeStop: 5))
        #expect(run.ending == .failed)
        #expect(run.printed.lines.last == "The topic refuses")
        #expect(run.printed.errors == "sla-runner: 1 result was never published\n")
        #expect(command.runCount == published + 1)
    }

    @Test("a bucket that refuses for good ends the runner with 1, after the result is published")
    func refusingBucket() async throws {
        let topic = ScriptedTopic()
        let logs = ScriptedLogs(error: SLARunnerError(.refused, "The bucket refuses"))
        let run = try await run(
            ScriptedCommand([success]), topic: topic, logs: logs, time: StoppingClock(sleepsBeforeStop: 5))
        #expect(run.ending == .failed)
        #expect(run.printed.lines.last == "The bucket refuses")
        #expect(try topic.messages.count == 1)
    }

    @Test(
        "the command is shown as the original shows it",
        arguments: [
            ("echo hello", "['echo', 'hello']"), ("a  b", "['a', '', 'b']"), ("it's", #"["it's"]"#),
            (#"say "hi""#, #"['say', '"hi"']"#), (#"'a' "b""#, #"["'a'", '"b"']"#), (#"'"x"'"#, #"['\'"x"\'']"#),
            (#"a\b"#, #"['a\\b']"#), ("a\tb\n", #"['a\tb\n']"#), ("é", "['é']"), ("\u{1B}\u{85}", #"['\x1b\x85']"#),
        ])
    func executing(command: String, line: String) async throws {
        let run = try await run(ScriptedCommand([success]), with: ["SLARUNNER_COMMAND": command])
        #expect(run.printed.lines.contains("Executing: \(line)"))
    }

    @Test func logThatCannotBeStoredIsNoFailure() async throws {
        let topic = ScriptedTopic()
        let run = try await run(ScriptedCommand([success]), topic: topic, logs: ScriptedLogs(error: Outage()))
        #expect(run.ending == .done)
        #expect(try topic.messages.count == 1)
        #expect(run.printed.errors.contains("shop/1574778556_SUCCESS"))
    }

    @Test(arguments: [
        (CommandOutcome.Ending.timedOut, "its limit of 5", 124), (.failed("no such file"), "no such file", 127),
    ])
    func reasonsGoIntoTheOutput(ending: CommandOutcome.Ending, reason: String, code: Int) async throws {
        let logs = ScriptedLogs()
        let command = ScriptedCommand([("begun\n", CommandOutcome(ending, after: .seconds(5)))])
        let run = try await run(command, with: ["SLARUNNER_TIMEOUT": "5"], logs: logs)
        let log = try #require(logs.logs["shop/1574778556_FAILURE"])
        #expect(log.hasPrefix("begun\n\n[sla-runner: ") && log.contains(reason))
        #expect(run.printed.lines.last == "Test result: FAILURE with exit code \(code); Execution time: 5")
    }
}

// MARK: - Stopping

extension RunnerTests {
    @Test(arguments: [(StopSignal.Reason.terminate, Runner.Ending.done), (.interrupt, .failed)])
    func stopDuringARunPublishesItAndEnds(reason: StopSignal.Reason, ending: Runner.Ending) async throws {
        let (topic, time) = (ScriptedTopic(), StoppingClock())
        let command = ScriptedCommand([success]) { time.stop.request(reason) }
        let run = try await run(command, topic: topic, time: time)
        #expect(run.ending == ending)
        #expect(try topic.messages.count == 1)
        #expect(command.runCount == 1)
        #expect((run.printed.lines.last == "Exiting") == (reason == .interrupt))
    }

    @Test func anInterruptedRunIsNotPublished() async throws {
        let (topic, logs, time) = (ScriptedTopic(), ScriptedLogs(), StoppingClock())
        let command = ScriptedCommand([("half", CommandOutcome(.stopped, after: .seconds(20)))]) {
            time.stop.request(.terminate)
        }
        let run = try await run(command, topic: topic, logs: logs, time: time)
        #expect(run.ending == .done)
        #expect(try topic.messages.isEmpty && logs.logs.isEmpty)
        #expect(run.printed.lines.last?.hasPrefix("Test result: none") == true)
    }
}
