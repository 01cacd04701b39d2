import AWSWaiters
import Basics
import JSON
import Synchronization
import TestSupport
import Testing
import Transport

@testable import AWS
@testable import AWSWaiters

/// Waits of a client, with a scripted service.
struct WaiterTests {
    let clock = TestClock()

    func client(_ server: ScriptedServer, _ service: AWSService = .ec2, time: TimeSource? = nil) throws -> AWSClient {
        let configuration = try AWSConfiguration(
            environment: ["AWS_ENDPOINT_URL": server.url, "AWS_REGION": "eu-central-1", "AWS_MAX_ATTEMPTS": "1"],
            http: Loop.http.get(), credentials: ClientFaultTests.keys, time: time ?? clock.source)
        return try AWSClient(service, configuration: configuration)
    }

    /// An answer to DescribeInstances.
    static func instances(_ states: String...) -> Reply {
        let items = states.enumerated().map { index, state in
            "<item><instanceId>i-\(index)</instanceId><instanceState><name>\(state)</name></instanceState></item>"
        }
        return .http(
            200,
            body: """
                <DescribeInstancesResponse><reservationSet><item><instancesSet>\(items.joined())</instancesSet></item>
                </reservationSet></DescribeInstancesResponse>
                """)
    }

    static func refusal(_ code: String, _ status: Int = 400) -> Reply {
        .http(
            status,
            body: "<Response><Errors><Error><Code>\(code)</Code><Message>sorry</Message></Error></Errors></Response>")
    }

    @Test func theLastOutputIsReturned() async throws {
        let server = try ScriptedServer(replies: [
            Self.instances("running", "stopping"), Self.instances("stopped", "stopping"),
            Self.instances("stopped", "stopped"),
        ])
        let progress = Mutex<[String]>([])
        let output = try await client(server).wait("instance_stopped", ["InstanceIds": ["i-0", "i-1"]]) { found in
            progress.withLock {
                $0.append("\(found.attempt)/\(found.maximumAttempts) \(found.state) \(found.elapsed.text)")
            }
        }
        #expect(output["Reservations"]?[0]?["Instances"]?[1]?["State"]?["Name"] == "stopped")
        #expect(clock.sleeps == [.seconds(15), .seconds(15)])
        #expect(
            progress.withLock { $0 } == [
                "1/40 1 × `running`, 1 × `stopping` 0 ms", "2/40 1 × `stopped`, 1 × `stopping` 15 s",
                "3/40 `stopped` 30 s",
            ])
        #expect(String(decoding: server.requests[2].body, as: UTF8.self).contains("InstanceId.2=i-1"))
    }

    @Test(
        "an end without the state says what was found",
        arguments: [
            (
                [instances("stopping"), instances("terminated")], AWSWaiterErrorCode.failed,
                "instance_stopped failed after 2 attempts in 15 s: Reservations[].Instances[].State.Name has `terminated`, "
                    + "which ends the wait"
            ),
            (
                [instances("running"), instances("stopping"), instances("stopping", "stopped")], .tooManyAttempts,
                "instance_stopped: still 1 × `stopping`, 1 × `stopped` after 3 attempts in 30 s; 3 attempts, 15 s apart, "
                    + "were allowed"
            ),
            (
                [instances(), instances(), instances()], .tooManyAttempts,
                "instance_stopped: still nothing for Reservations[].Instances[].State.Name after 3 attempts in 30 s; 3 attempts, "
                    + "15 s apart, were allowed"
            ),
        ])
    func ends(replies: [Reply], code: AWSWaiterErrorCode, message: String) async throws {
        let server = try ScriptedServer(replies: replies)
        let error = await #expect(throws: AWSWaiterError.self) {
            try await client(server).wait("instance_stopped", maximumAttempts: 3)
        }
        #expect(error?.code == code)
        #expect(error?.message == message)
        #expect(server.requests.count == replies.count)
    }

    @Test("an error that no acceptor expects ends the wait with that error; one that is expected does not")
    func errors() async throws {
        let server = try ScriptedServer(replies: [
            Self.refusal("InvalidInstanceID.NotFound"), Self.instances("running"),
            Self.refusal("UnauthorizedOperation", 403),
        ])
        let client = try client(server)
        try await client.wait("instance_running", delay: .seconds(2))
        #expect(clock.sleeps == [.seconds(2)])
        let error = await #expect(throws: AWSError.self) { try await client.wait("instance_running") }
        #expect(error?.code == "UnauthorizedOperation")
        #expect(error?.operation == "DescribeInstances")
        #expect(server.requests.count == 3)
    }

    @Test("an error can be the state that is waited for")
    func errorIsSuccess() async throws {
        let server = try ScriptedServer(replies: [.http(200), .http(404)])
        #expect(try await client(server, .s3).wait("bucket_not_exists", ["Bucket": "b"]) == .null)
        #expect(clock.sleeps == [.seconds(5)])
    }

    @Test(
        "no pause lasts beyond the deadline",
        arguments: [(14, 1), (15, 1), (16, 2), (30, 2), (31, 3)])
    func deadline(seconds: Int, attempts: Int) async throws {
        let server = try ScriptedServer { _ in Self.instances("stopping") }
        let deadline = clock.now + .seconds(seconds)
        let error = await #expect(throws: AWSWaiterError.self) {
            try await client(server).wait("instance_stopped", deadline: deadline)
        }
        #expect(error?.code == .deadlineReached)
        #expect(
            error?.message
                == "instance_stopped: still `stopping` after \(counted(attempts, "attempt")) in "
                + "\((Duration.seconds(15) * (attempts - 1)).text); the deadline \(deadline) comes before the next attempt"
        )
        #expect(server.requests.count == attempts)
    }

    @Test func aDeadlineThatHasPassedMakesNoAttempt() async throws {
        let server = try ScriptedServer(replies: [])
        let error = await #expect(throws: AWSWaiterError.self) {
            try await client(server).wait("instance_stopped", deadline: clock.now)
        }
        #expect(error?.code == .deadlineReached)
        #expect(error?.message.contains("after 0 attempts") == true)
        #expect(server.connectionCount == 0)
    }

    @Test func cancellationEndsThePauseAtOnce() async throws {
        let server = try ScriptedServer { _ in Self.instances("stopping") }
        let pauses = Gate()
        let time = clock.source(realSleep: { _ in
            pauses.open()
            try await Task.sleep(for: .seconds(3600))
        })
        let client = try client(server, time: time)
        let wait = Task { try await client.wait("instance_stopped") }
        await pauses.opened()
        wait.cancel()
        await #expect(throws: CancellationError.self) { try await wait.value }
        #expect(server.requests.count == 1)
    }

    @Test func anUnknownNameIsNotSent() async throws {
        let server = try ScriptedServer(replies: [])
        let client = try client(server)
        let error = await #expect(throws: AWSError.self) { try await client.wait("instance_stoped") }
        #expect(
            error?.description
                == "ec2: InvalidParameter: there is no waiter instance_stoped, did you mean instance_stopped?")
        #expect(try client.waiterNames.contains("instance_status_ok"))
        #expect(try self.client(server, .sns).waiterNames == [])
    }

    @Test("every waiter of every model can be read, its expressions and its operation", arguments: TestModel.shipped)
    func models(_ service: TestModel) throws {
        for (name, waiter) in try service.model().waiters() {
            let waiter = try Waiter(name, waiter)
            #expect(!waiter.acceptors.isEmpty)
            #expect(throws: Never.self) { try service.model().operation(waiter.operation) }
        }
    }

    @Test(
        "the matchers at their boundaries",
        arguments: [
            (["path", "on", "State"], ["State": "on"], true), (["path", "on", "State"], ["State": ["on"]], false),
            (["path", "on", "State"], [:], false), (["path", true, "length(L) > `0`"], ["L": [1]], true),
            (["path", true, "length(L) > `0`"], ["L": []], false),
            (["pathAll", "on", "L[]"], ["L": ["on", "on"]], true),
            (["pathAll", "on", "L[]"], ["L": ["on", "off"]], false),
            (["pathAll", "on", "L[]"], ["L": []], false), (["pathAll", "on", "L[]"], [:], false),
            (["pathAll", "on", "L"], ["L": "on"], false),
            (["pathAny", "on", "L[]"], ["L": ["off", "on"]], true), (["pathAny", "on", "L[]"], ["L": ["off"]], false),
            (["pathAny", "on", "L[]"], ["L": []], false), (["status", 200], [:], true), (["status", 404], [:], false),
            (["error", true], [:], false), (["error", false], [:], true), (["error", "Code"], [:], false),
        ] as [(JSONValue, JSONValue, Bool)])
    func matchers(_ rule: JSONValue, _ output: JSONValue, _ matches: Bool) throws {
        let acceptor = try Acceptor(.array([["retry"], rule].flatMap { $0.arrayValue ?? [] }))
        #expect(try acceptor.matches(.output(output, status: 200)) == matches)
    }

    @Test(
        "the matchers of errors",
        arguments: [
            (["error", "Code"], true), (["error", "Other"], false), (["error", true], true), (["error", false], false),
            (["status", 404], true), (["status", 200], false), (["path", "on", "State"], false),
            (["pathAll", "on", "State"], false), (["pathAny", "on", "State"], false),
        ] as [(JSONValue, Bool)])
    func errorMatchers(_ rule: JSONValue, _ matches: Bool) throws {
        let acceptor = try Acceptor(.array([["retry"], rule].flatMap { $0.arrayValue ?? [] }))
        var error = AWSError("Code", "message")
        error.status = 404
        #expect(try acceptor.matches(.error(error)) == matches)
    }
}
