import ArgumentParser
import Basics
import ChaosActivities
import Experiments
import JSON

/// The questions of `tocsin chaos init`, asked on standard error and answered on standard input.
struct ExperimentQuestions {
    /// Asks all of them.
    /// - Throws: `ExitCode` when the answers end too early.
    func ask() throws -> ExperimentSkeleton {
        say("An experiment has a steady-state hypothesis (optional), a method, and rollbacks (optional).\n")
        var skeleton = ExperimentSkeleton(title: try text("Experiment's title"))
        if try yes("Do you want to define a steady state hypothesis now?") {
            skeleton.hypothesis = try text("Hypothesis's title")
            skeleton.probes = try choices(of: .probe, withTolerance: true)
        }
        say("\nThe method varies real-world events, and may have probes to gather facts.")
        if try yes("Do you want to define an experimental method?") { skeleton.method = try choices(of: nil) }
        if try yes("Do you want to add some rollbacks now?") { skeleton.rollbacks = try choices(of: .action) }
        return skeleton
    }

    private func choices(
        of kind: Activity.Kind?, withTolerance: Bool = false
    ) throws -> [ExperimentSkeleton.Choice] {
        let names = ChaosActivities.registry.all.filter { kind == nil || $0.value.kind == kind }.keys.sorted()
        var choices: [ExperimentSkeleton.Choice] = []
        while true {
            let answer = try line("Activity (a name or number, ? for the list, empty to end)")
            if answer.isEmpty || answer == "0" { return choices }
            if answer == "?" {
                say(names.enumerated().map { "\($0.offset + 1)) \($0.element)" }.joined(separator: "\n"))
                continue
            }
            let name = Int(answer).flatMap { names.indices.contains($0 - 1) ? names[$0 - 1] : nil } ?? answer
            do throws(ExperimentError) {
                let activity = try ChaosInitCommand.activity(name)
                guard names.contains("\(activity.module).\(activity.function)") else {
                    say("\(name) is \(activity.kind == .action ? "an action" : "a probe"), which does not go here.")
                    continue
                }
                say(activity.summary)
            } catch {
                say("\(error.message)")
                continue
            }
            choices.append(try choice(try ChaosInitCommand.activity(name), withTolerance: withTolerance))
        }
    }

    private func choice(_ activity: NativeActivity, withTolerance: Bool) throws -> ExperimentSkeleton.Choice {
        var tolerance: JSONValue?
        if withTolerance {
            let answer = try text("What is the tolerance for this probe?")
            tolerance = (try? JSONValue(parsing: answer)) ?? .string(answer)
        }
        var arguments: JSONObject = [:]
        for argument in activity.arguments {
            let usual = argument.fallback.map { " [\($0)]" } ?? ""
            while arguments[argument.name] == nil {
                let answer = try line("Argument's value for '\(argument.name)' (\(argument.kind.portableName))\(usual)")
                do throws(ExperimentError) { arguments[argument.name] = try argument.value(ofAnswer: answer) } catch {
                    say(error.message)
                }
            }
        }
        return ExperimentSkeleton.Choice(activity, arguments: arguments, tolerance: tolerance)
    }

    private func text(_ question: String) throws -> String {
        while true {
            let answer = try line(question)
            if !answer.isEmpty { return answer }
        }
    }

    private func yes(_ question: String) throws -> Bool {
        while true {
            switch try line("\(question) [y/N]").lowercased() {
            case "y", "yes": return true
            case "", "n", "no": return false
            default: say("Answer y or n.")
            }
        }
    }

    private func line(_ question: String) throws -> String {
        printError("\(question):")
        guard let answer = readLine() else {
            printError("Error: the answers ended before the last question; --title and other options need no questions")
            throw ExitCode.failure
        }
        return String(answer.trimmingWhitespace)
    }

    private func say(_ text: String) { printError(text) }
}
