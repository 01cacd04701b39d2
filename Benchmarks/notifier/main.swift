// Measures parsing, routing and formatting of an alarm on one core, without sending: plans the SNS event from standard
// input again and again, for one second a run. A plan also indents the bodies, so sending is a little faster.
import Basics
import FunctionRuntime
import Glibc
import JSON
import Logging
import Notifier
import Transport

func standardInput() -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
        let piece = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = max(0, read(STDIN_FILENO, buffer.baseAddress, buffer.count))
        }
        if piece.isEmpty { return bytes }
        bytes += piece
    }
}

/// The text padded to the width; a negative width aligns it to the left.
func column(_ text: String, _ width: Int) -> String {
    let space = String(repeating: " ", count: max(0, abs(width) - text.count))
    return width < 0 ? text + space : space + text
}

let event = standardInput()
try EventLoop.run { loop in
    let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
    let context = InvocationContext(requestID: "1", deadline: .now() + .seconds(600), logger: logger)
    print("parsing and formatting           per second   µs each")
    for kind in ["slack", "discord", "teams"] {
        let environment = Environment(["OUTPUT_KIND": kind, "OUTPUT_URL": "https://chat.example/hook"])
        let notifier = try await Notifier(environment: environment, loop: loop)
        var best = 0.0
        for _ in 0..<3 {
            let start = ContinuousClock.now
            var count = 0
            while ContinuousClock.now - start < .seconds(1) {
                for _ in 0..<100 { count += try await notifier.plan(event, context).messages.count }
            }
            best = max(best, Double(count) / ((ContinuousClock.now - start) / .seconds(1)))
        }
        print(column("alarm to \(kind)", -28) + column("\(Int(best))", 15) + column("\(Int(1e6 / best))", 10))
    }
}
