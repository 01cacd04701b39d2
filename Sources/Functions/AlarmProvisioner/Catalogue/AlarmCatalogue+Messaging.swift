import CloudWatchAlarms

extension AlarmCatalogue {
    /// Queues, topics, schedules and state machines.
    static let messaging = [queues, topics, textMessages, schedules, stateMachines].flatMap { $0 }

    private static let queues = table(
        .queue, "AWS/SQS", "QueueName",
        [
            Row(
                "sqs-message-age", .maximum("ApproximateAgeOfOldestMessage"), .atLeast("0.5 * retention_seconds"), 15,
                .missing, .critical,
                why: "A message has waited for half the time after which SQS deletes it unread."),
            Row(
                "sqs-messages-stuck", .maximum("ApproximateAgeOfOldestMessage"),
                .above("max(900, 10 * visibility_timeout_seconds)"), 5, isDefault: false,
                why: "A message has waited for ten visibility time-outs: nobody takes it, or it fails again and again. "
                    + "Off: some queues are emptied now and then only."),
            Row(
                "sqs-in-flight", .average("ApproximateNumberOfMessagesNotVisible"), .atLeast(96_000), 15,
                why:
                    "Four fifths of the 120,000 messages that may be in flight are: consumers take them and do not "
                    + "delete them."
            ),
            Row(
                "sqs-messages-visible", .average("ApproximateNumberOfMessagesVisible"), .unknown(.greaterOrEqual), 15,
                why:
                    "Messages pile up. How many are too many depends on the consumers; sqs-message-age needs no number."
            ),
            Row(
                "sqs-nothing-sent", .sum("NumberOfMessagesSent"), .atMost(0), 15, isDefault: false,
                why: "Nobody sends any more. Off: many queues are rightly empty, dead-letter queues above all."),
            Row(
                "sqs-dead-letters", .maximum("ApproximateNumberOfMessagesVisible"), .above(0), .times(1, seconds: 300),
                .notBreaching, .critical,
                named: ["*dlq*", "*DLQ*", "*dead-letter*", "*dead_letter*", "*deadletter*", "*DeadLetter*"],
                why: "Messages that could not be handled wait for somebody to look at them."),
            Row(
                "sqs-redrive-target", .maximum("ApproximateNumberOfMessagesVisible"), .above(0),
                .times(1, seconds: 300), .notBreaching, .critical, where: ["dead_letter_queue": ["true"]],
                isDefault: false,
                why: "Messages that another queue gave up wait here. Off: sqs-dead-letters finds most by their names."),
        ])

    private static let topics = table(
        .topic, "AWS/SNS", "TopicName",
        [
            Row(
                "sns-published", .sum("NumberOfMessagesPublished"), .unknown(.less), 5, .breaching,
                why: "Fewer messages come than should. How many should depends on the publishers."),
            Row(
                "sns-delivered", .sum("NumberOfNotificationsDelivered"), .unknown(.less), 5, .breaching,
                why:
                    "Fewer messages are delivered than should be. How many should depends on publishers and "
                    + "subscribers."
            ),
            Row(
                "sns-failed", .sum("NumberOfNotificationsFailed"), .above(0), 5, .notBreaching, .critical,
                why: "Deliveries fail in each of five minutes. To queues and functions none should, says AWS."),
            Row(
                "sns-invalid-attributes", .sum("NumberOfNotificationsFilteredOut-InvalidAttributes"), .above(0), 5,
                .notBreaching, why: "Messages are dropped because their attributes are wrong: a fault of the publisher."
            ),
            Row(
                "sns-invalid-body", .sum("NumberOfNotificationsFilteredOut-InvalidMessageBody"), .above(0), 5,
                .notBreaching, why: "Messages are dropped because their body is not JSON: a fault of the publisher."),
            Row(
                "sns-redriven", .sum("NumberOfNotificationsRedrivenToDlq"), .above(0), 5, .notBreaching, .critical,
                why: "Messages go to the dead-letter queue instead of the subscriber."),
            Row(
                "sns-redrive-failed", .sum("NumberOfNotificationsFailedToRedriveToDlq"), .above(0), 5, .notBreaching,
                .critical, why: "Messages do not even reach the dead-letter queue and are lost: look at its policy."),
            Row(
                "sns-topic-sms-spend", .maximum("SMSMonthToDateSpentUSD"), .unknown(.greater), 5,
                why: "Text messages of the topic cost more than given. sns-sms-spend watches the account's limit."),
            Row(
                "sns-topic-sms-success", .average("SMSSuccessRate"), .unknown(.less), 5, .notBreaching,
                why: "Too few text messages of the topic arrive. How many are too few depends on where they go."),
        ])

    private static let textMessages = table(
        .account, "AWS/SNS", "",
        [
            Row(
                "sns-sms-spend", .maximum("SMSMonthToDateSpentUSD"), .above("0.8 * monthly_limit_usd"), 5,
                why: "Four fifths of the month's limit for text messages are spent; at the limit none is sent any more."
            )
        ])

    private static let schedules = table(
        .account, "AWS/Scheduler", "",
        [
            Row(
                "scheduler-target-throttled", .sum("TargetErrorThrottledCount"), .above(0), 15, .notBreaching,
                why: "Targets refuse schedules for a quarter of an hour, so that they run late."),
            Row(
                "scheduler-throttled", .sum("InvocationThrottleCount"), .above(0), 15, .notBreaching,
                why: "Schedules are held back for a quarter of an hour: the account's limit of invocations is too "
                    + "low."),
            Row(
                "scheduler-dropped", .sum("InvocationDroppedCount"), .above(0), 1, .notBreaching, .critical,
                why: "A schedule was given up after all its tries."),
            Row(
                "scheduler-dead-letter-errors", .sum("InvocationsFailedToBeSentToDeadLetterCount"), .above(0), 15,
                .notBreaching, .critical,
                why: "Schedules that were given up do not reach their dead-letter queue: look at its policy."),
        ])

    private static let stateMachines = table(
        .stateMachine, "AWS/States", "StateMachineArn",
        [
            Row(
                "states-failed", .sum("ExecutionsFailed"), .above(0), .times(1, seconds: 300), .notBreaching,
                .critical, why: "An execution failed; nothing repeats it by itself."),
            Row(
                "states-timed-out", .sum("ExecutionsTimedOut"), .above(0), .times(1, seconds: 300), .notBreaching,
                .critical, why: "An execution took longer than it may; nothing repeats it by itself."),
            Row(
                "states-throttled", .sum("ExecutionThrottled"), .above(0), 5, .notBreaching,
                why: "Transitions are held back in each of five minutes: the account's limit of transitions is too low."
            ),
            Row(
                "states-aborted", .sum("ExecutionsAborted"), .above(0), .times(1, seconds: 300), .notBreaching,
                isDefault: false, why: "An execution was stopped. Off: mostly somebody meant it."),
        ])
}
