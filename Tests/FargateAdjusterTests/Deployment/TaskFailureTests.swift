import Basics
import JSON
import Testing

@testable import FargateAdjuster

/// What ECS's words about stopped tasks are taken for.
@Suite struct TaskFailureTests {
    private static let pull = "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
    private static let setup =
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "

    /// Words, kind, and whether no retry heals it.
    static let words: [(String, FailureCause.Kind?, Bool)] = [
        ("OutOfMemoryError: Container killed due to memory usage", .outOfMemory, false),
        (
            pull + "failed to resolve ref docker.io/library/web:9: docker.io/library/web:9: not found", .imageNotFound,
            true
        ),
        ("CannotPullContainerError: manifest unknown: Requested image not found", .imageNotFound, true),
        (pull + "image Manifest does not contain descriptor matching platform 'linux/amd64'.", .imageNotFound, true),
        (
            "CannotPullContainerError: inspect image has been retried 1 time(s): pull access denied, repository does not "
                + "exist or may require authorization", .imageNotFound, true
        ),
        (pull + "unexpected status code 403 Forbidden", .denied, true),
        (pull + "no basic auth credentials", .denied, true),
        (pull + "dial tcp 34.205.13.154:443: i/o timeout", .other, false),
        ("CannotPullContainerError: toomanyrequests: You have reached your pull rate limit.", .other, false),
        ("CannotPullContainerError: context canceled", .other, false),
        (
            setup + "ResourceNotFoundException: Secrets Manager can't find the specified secret.", .resourceNotFound,
            true
        ),
        (setup + "invalid ssm parameters: /web/key", .resourceNotFound, true),
        (setup + "AccessDeniedException: User is not authorized to perform: ssm:GetParameters", .denied, true),
        (
            setup + "RequestCanceled: request context canceled caused by: context deadline exceeded", .resourceNotFound,
            false
        ),
        (
            "ResourceInitializationError: failed to validate logger args: ResourceNotFoundException: The specified log "
                + "group does not exist.", .resourceNotFound, true
        ),
        ("ResourceInitializationError: failed to invoke EFS utils commands", .resourceNotFound, false),
        (
            "CannotStartContainerError: failed to initialize logging driver: The specified log group does not exist",
            .resourceNotFound, true
        ),
        ("ECS was unable to assume the role 'arn:aws:iam::1:role/x' that was provided for this task.", .denied, true),
        ("CannotStartContainerError: exec /web: exec format error", .containerExited, true),
        (
            "CannotStartContainerError: runc create failed: exec: \"web\": executable file not found in $PATH",
            .containerExited, true
        ),
        ("Capacity is unavailable at this time. Please try again later", .noCapacity, false),
        ("You've reached the limit on the number of vCPUs you can run concurrently", .noCapacity, false),
        ("Your Spot Task was interrupted.", .noCapacity, false),
        ("Task failed ELB health checks in (target-group arn:x)", .targetHealth, false),
        ("(port 80) is unhealthy in (target-group web) due to (reason Request timed out)", .targetHealth, false),
        ("Task failed container health checks", .containerHealth, false),
        ("Scaling activity initiated by (deployment ecs-svc/1)", nil, false),
        ("Essential container in task exited", nil, false),
        ("", nil, false),
    ]

    @Test(arguments: words.indices) func wordsTellTheKind(_ index: Int) {
        let (words, kind, isFinal) = Self.words[index]
        let failure = TaskFailure(words)
        #expect(failure?.cause.kind == kind, "\(words)")
        #expect(failure?.isFinal ?? false == isFinal, "\(words)")
        // ECS's own words are in the text, and what to do stands behind them.
        if let text = failure?.cause.text {
            #expect(text.hasPrefix(words.shown(300) + "; "))
            #expect(text.count > words.count + 2)
        }
    }

    /// Stop code, reason, exit code, the container's reason; what it is, and whether it counts as failed.
    static let tasks: [(StoppedTask, FailureCause.Kind?, Bool)] = [
        (
            SampleService.task("EssentialContainerExited", "Essential container in task exited", exitCode: 1),
            .containerExited, true
        ),
        (
            SampleService.task(
                "EssentialContainerExited", "Essential container in task exited", exitCode: 137,
                "OutOfMemoryError: Container killed due to memory usage"), .outOfMemory, true
        ),
        (
            SampleService.task("EssentialContainerExited", "Essential container in task exited", exitCode: 137),
            .containerExited, true
        ),
        (
            SampleService.task("EssentialContainerExited", "Essential container in task exited", exitCode: 0),
            .containerExited, true
        ),
        (SampleService.task("TaskFailedToStart", "CannotPullContainerError: web: not found"), .imageNotFound, true),
        (
            SampleService.task("TaskFailedToStart", "Timeout waiting for network interface provisioning to complete."),
            .other, true
        ),
        (
            SampleService.task(
                "ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group x)", exitCode: 143),
            .targetHealth, true
        ),
        (
            SampleService.task("ServiceSchedulerInitiated", "Task failed container health checks", exitCode: 143),
            .containerHealth, true
        ),
        (
            SampleService.task(
                "ServiceSchedulerInitiated", "Scaling activity initiated by (deployment x)", exitCode: 0), nil, false
        ),
        (SampleService.task("UserInitiated", "Task stopped by user", exitCode: 143), nil, false),
        (SampleService.task("SpotInterruption", "Your Spot Task was interrupted.", exitCode: 143), .noCapacity, false),
    ]

    @Test(arguments: tasks.indices) func stoppedTaskTellsItsCause(_ index: Int) {
        let (task, kind, hasFailed) = Self.tasks[index]
        #expect(task.failure?.cause.kind == kind)
        #expect(task.hasFailed == hasFailed)
    }

    @Test func outOfMemoryNamesContainerAndLimit() {
        #expect(
            Self.tasks[1].0.failure?.cause.text
                == "container app (limit 512 MiB): OutOfMemoryError: Container killed due to memory usage; give it more "
                + "memory, or look for a leak")
    }

    @Test func exitTellsTheCode() {
        #expect(
            Self.tasks[0].0.failure?.cause.text
                == "container app exited with code 1 (Essential container in task exited); look at its log")
    }

    @Test func wordsForPeopleArePrintable() {
        #expect("a\u{1B}[31mb\r\nc\u{202E}d".shown(20) == "a [31mb cd")
        #expect("abcdef".shown(6) == "abcdef")
        #expect("abcdefg".shown(6) == "abcde…")
    }

    // MARK: In a look

    private static let image = SampleService.task("TaskFailedToStart", "CannotPullContainerError: web:9: not found")
    private static let crash = SampleService.task(
        "EssentialContainerExited", "Essential container in task exited", exitCode: 1)

    @Test func whatNoRetryHealsFailsAtTheFirstTask() {
        var looks = SampleLooks(tasks: [Self.image])
        let status = looks.look(at: SampleService(0, failed: 1).with { $0.breaker(rollback: true) })
        #expect(status.phase == .failed)
        #expect(status.cause?.kind == .imageNotFound)
    }

    @Test func aCrashWaitsForTheLimit() {
        var looks = SampleLooks(tasks: [Self.crash])
        let status = looks.look(at: SampleService(0, failed: 1))
        #expect(status.phase == .running)
        #expect(status.message == "new 0/2 running, 1 failed; " + Self.crash.failure!.cause.text)
        let failed = looks.look(at: SampleService(0, failed: 3))
        #expect(failed.phase == .failed)
        #expect(failed.cause?.kind == .containerExited)
    }

    @Test func eventsTellWhereTasksMayNotBeRead() {
        var looks = SampleLooks(denied: ["ecs:ListTasks"])
        let status = looks.look(
            at: SampleService(0, failed: 1).with {
                $0.event("was unable to place a task. Reason: CannotPullContainerError: web:9: not found")
            })
        #expect(status.phase == .failed)
        #expect(status.cause?.kind == .imageNotFound)
    }

    @Test func oldEventsDoNotCount() {
        var looks = SampleLooks(denied: ["ecs:ListTasks"])
        let status = looks.look(
            at: SampleService(0, failed: 1).with {
                $0.event("was unable to place a task. Reason: CannotPullContainerError: web:9: not found", at: -1)
            })
        #expect(status.phase == .running)
    }

    /// Tasks of other revisions, and those from before the change, are none of ours.
    @Test(arguments: [
        (SampleService.new, 0.0, 1), (SampleService.new, -1, 0), (SampleService.old, 20, 0),
    ]) func onlyOurTasksCount(_ revision: String, _ seconds: Double, _ count: Int) {
        var looks = SampleLooks()
        looks.look(at: SampleService(1))
        looks.tasks = [
            SampleService.task(
                "TaskFailedToStart", "CannotPullContainerError: not found", revision: revision, at: seconds)
        ]
        let status = looks.look(at: SampleService(0))
        #expect(looks.questions.last == .stoppedTasks)
        #expect(status.failedTasks == count)
        #expect(status.phase == (count == 1 ? .failed : .running))
    }

    @Test func failuresAreNotForgottenWhenECSBeginsToCountAgain() {
        var looks = SampleLooks(tasks: [Self.crash])
        looks.look(at: SampleService(0, failed: 2))
        #expect(looks.look(at: SampleService(1, failed: 0)).failedTasks == 2)
    }

    /// What ECS says of the end, where no task tells more.
    static let reasons: [(ServiceDeployment, FailureCause.Kind, String)] = [
        (
            SampleService.deployment(
                "ROLLBACK_SUCCESSFUL",
                [
                    "alarms": ["status": "TRIGGERED", "triggeredAlarmNames": ["web-5xx", "web-slow"]],
                    "rollback": ["reason": "rolled back because CloudWatch alarm(s) were triggered."],
                ]), .alarm, "alarm web-5xx, web-slow went off"
        ),
        (
            SampleService.deployment(
                "ROLLBACK_IN_PROGRESS",
                ["rollback": ["reason": "rolled back because the circuit breaker threshold was exceeded."]]),
            .circuitBreaker, "circuit breaker threshold was exceeded"
        ),
        (
            SampleService.deployment(
                "ROLLBACK_IN_PROGRESS", ["lifecycleHookDetails": [["hookId": "h1", "status": "FAILED"]]]),
            .lifecycleHook, "hook h1 failed"
        ),
        (
            SampleService.deployment(
                "ROLLBACK_IN_PROGRESS", ["lifecycleHookDetails": [["hookId": "h1", "status": "TIMED_OUT"]]]),
            .lifecycleHook, "hook h1 ran out of time"
        ),
        (
            SampleService.deployment("STOPPED", ["statusReason": "Service deployment stopped by user."]), .stopped,
            "Service deployment stopped by user."
        ),
        (SampleService.deployment("ROLLBACK_FAILED", ["statusReason": "no luck"]), .other, "no luck"),
    ]

    @Test(arguments: reasons.indices) func endTellsItsReason(_ index: Int) {
        let (deployment, kind, text) = Self.reasons[index]
        var looks = SampleLooks(deployment: SampleService.deployment("IN_PROGRESS"))
        let sample = SampleService(1).with { $0.members["currentServiceDeployment"] = .string(deployment.arn) }
        looks.look(at: sample)
        looks.deployment = deployment
        // Another count makes the service deployment due.
        let status = looks.look(at: sample.with { $0.members["desiredCount"] = 3 })
        #expect(status.cause?.kind == kind)
        #expect(status.cause?.text.contains(text) == true, "\(status.cause?.text ?? "")")
    }
}
