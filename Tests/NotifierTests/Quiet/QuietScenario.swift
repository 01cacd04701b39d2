import Testing

/// What happens to some alarms, step by step, and which messages that leads to.
///
/// The same is done to the notifier on a fake clock and to Alertmanager on its real one.
struct QuietScenario: Sendable, CustomTestStringConvertible {
    enum Step: Sendable {
        /// These fire, told in one request.
        case fire([String])
        /// They are over.
        case resolve([String])
        /// Everything of this alarm is silenced.
        case silence(String)
        case endSilence
        /// So many messages have been sent in all.
        case messages(Int)
    }

    let name: String
    /// The labels of each alarm: region, severity, team.
    var alarms: [String: [String: String]] = [
        "A": ["region": "eu"], "B": ["region": "eu"], "C": ["region": "us"], "Z": ["region": "us"],
    ]
    /// Seconds.
    var wait = 1
    var interval = 2
    var repeats = 3_600
    let steps: [Step]
    /// The messages of each region, in their order; each names all of its alarms.
    let expected: [String: [String]]

    var testDescription: String { name }

    /// As Alertmanager's `inhibit_rules`; the scenario is compared as well, so that one Alertmanager plays all.
    static let inhibitions: [(source: String, target: String)] = [
        ("severity=critical", "severity=warning"), ("team=db", "team=db"),
    ]

    static let all: [QuietScenario] = [
        QuietScenario(
            name: "an alarm and its end",
            steps: [.fire(["A"]), .messages(1), .resolve(["A"]), .messages(2)],
            expected: ["eu": ["A firing", "A resolved"]]),
        QuietScenario(
            name: "two that come together are one message", steps: [.fire(["A", "B"]), .messages(1)],
            expected: ["eu": ["A firing, B firing"]]),
        QuietScenario(
            name: "one that joins makes a message of all",
            steps: [.fire(["A"]), .messages(1), .fire(["B"]), .messages(2)],
            expected: ["eu": ["A firing", "A firing, B firing"]]),
        QuietScenario(
            name: "one ends before the other",
            steps: [
                .fire(["A", "B"]), .messages(1), .resolve(["A"]), .messages(2), .resolve(["B"]), .messages(3),
            ],
            expected: ["eu": ["A firing, B firing", "A resolved, B firing", "B resolved"]]),
        QuietScenario(
            name: "what is over before the wait is over is not told", wait: 4,
            steps: [.fire(["A"]), .resolve(["A"]), .fire(["Z"]), .messages(1)], expected: ["us": ["Z firing"]]),
        QuietScenario(
            name: "what comes and goes between two looks is told with the others", interval: 4,
            steps: [.fire(["A"]), .messages(1), .fire(["B"]), .resolve(["B"]), .messages(2)],
            expected: ["eu": ["A firing", "A firing, B resolved"]]),
        QuietScenario(
            name: "each group by itself", steps: [.fire(["A", "C"]), .messages(2)],
            expected: ["eu": ["A firing"], "us": ["C firing"]]),
        QuietScenario(
            name: "what inhibits, and what comes when that is over",
            alarms: [
                "D": ["region": "eu", "severity": "critical"], "W": ["region": "eu", "severity": "warning"],
                "X": ["region": "us", "severity": "warning"],
            ],
            steps: [.fire(["D", "W", "X"]), .messages(2), .resolve(["D"]), .messages(3)],
            expected: ["eu": ["D firing", "D resolved, W firing"], "us": ["X firing"]]),
        QuietScenario(
            name: "two that match both sides do not inhibit each other",
            alarms: ["P": ["region": "eu", "team": "db"], "Q": ["region": "eu", "team": "db"]],
            steps: [.fire(["P", "Q"]), .messages(1)], expected: ["eu": ["P firing, Q firing"]]),
        QuietScenario(
            name: "a silence holds back what it matches until it is ended",
            steps: [.silence("A"), .fire(["A"]), .fire(["Z"]), .messages(1), .endSilence, .messages(2)],
            expected: ["eu": ["A firing"], "us": ["Z firing"]]),
        QuietScenario(
            name: "a silence of one of two",
            steps: [.silence("A"), .fire(["A", "B"]), .messages(1), .endSilence, .messages(2)],
            expected: ["eu": ["B firing", "A firing, B firing"]]),
        QuietScenario(
            name: "a silence of what was told already",
            steps: [
                .fire(["A"]), .messages(1), .silence("A"), .fire(["B"]), .messages(2), .endSilence, .messages(3),
            ],
            expected: ["eu": ["A firing", "B firing", "A firing, B firing"]]),
        QuietScenario(
            name: "reminders", repeats: 3, steps: [.fire(["A"]), .messages(3)],
            expected: ["eu": ["A firing", "A firing", "A firing"]]),
        QuietScenario(
            name: "one that fires again",
            steps: [
                .fire(["A"]), .messages(1), .resolve(["A"]), .messages(2), .fire(["A"]), .messages(3),
            ],
            expected: ["eu": ["A firing", "A resolved", "A firing"]]),
    ]

    /// The region of the alarms that a message names.
    func region(of message: String) -> String {
        alarms.first { message.contains("\($0.key) ") }?.value["region"] ?? "none"
    }

    /// Messages by their regions, in their order.
    func byRegion(_ messages: [String]) -> [String: [String]] { Dictionary(grouping: messages) { region(of: $0) } }
}
