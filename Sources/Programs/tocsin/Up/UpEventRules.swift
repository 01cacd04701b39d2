import Basics
import Configuration
import JSON
import LocalCloud

/// Reads `events:` of `tocsin.yaml`: rules of EventBridge that `up` plays.
func eventRules(_ file: ConfigurationSection) -> [EventRule] {
    var lines: [String: Int] = [:]
    return file.sections("events").compactMap { section in
        let name = section.requiredText("name", expected: "the name of the rule")
        let (pattern, schedule) = (eventPattern(of: section), ruleSchedule(of: section))
        if !section.has("pattern"), !section.has("schedule") {
            section.fault("pattern", "expected a pattern of events, a schedule, or both")
        }
        let targets = eventTargets(of: section)
        section.close()
        if name.utf8.count > 64 || !name.utf8.allSatisfy({ $0.isASCIIAlphanumeric || ".-_".utf8.contains($0) }) {
            section.fault("name", "expected up to 64 letters, digits, dots, hyphens and underscores")
        }
        if let line = lines.updateValue(section.line ?? 0, forKey: name) {
            section.fault("name", "the rule on line \(line) has the same name: change one")
        }
        return EventRule(name: name, pattern: pattern, schedule: schedule, targets: targets)
    }
}

private func eventPattern(of section: ConfigurationSection) -> EventPattern? {
    guard let value = section.value("pattern") else { return nil }
    do throws(EventPattern.Fault) { return try EventPattern(value.json) } catch {
        section.fault("pattern", error.message)
        return nil
    }
}

private func ruleSchedule(of section: ConfigurationSection) -> RuleSchedule? {
    guard let text = section.text("schedule") else { return nil }
    do throws(RuleSchedule.Fault) { return try RuleSchedule(text) } catch {
        section.fault("schedule", error.message)
        return nil
    }
}

/// The functions that run in each session, or as soon as there is something to check.
private let functions = ["metric-writer", "notifier", "uptime-checker"]

/// Where the events of a rule go: functions by name, `alarms` for the topic of alarms, topics and queues by ARN.
private func eventTargets(of section: ConfigurationSection) -> [EventTarget] {
    let names = section.texts("to", acceptsOne: true)
    if names.isEmpty { section.fault("to", "expected a function, alarms, or the ARN of a topic or a queue") }
    let input = section.value("input")?.json
    return names.enumerated().compactMap { index, entry in
        let arn: String
        if functions.contains(entry.text) {
            arn = LocalPlace.function(entry.text)
        } else if entry.text == "alarms" {
            arn = LocalPlace.alarmsTopic
        } else if ["sns", "sqs"].contains(entry.text.arnFields?[2]) {
            arn = entry.text
        } else {
            section.fault(
                at: entry,
                "expected one of \(functions.joined(separator: ", ")), alarms, or the ARN of a topic or a queue")
            return nil
        }
        return EventTarget(
            id: "\(index + 1)", arn: arn, constant: input, deadLetterARN: LocalPlace.eventDeadLetters)
    }
}
