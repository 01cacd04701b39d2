import Basics
import Console
import Dispatch
import Glibc

// A console over a made-up system, for the browser tests: each line of the input is an event that happens to it.
//
// The first line of the output is the console's address; each event is answered with a line.

let services = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 7
let system = DemoSystem(services: services)

@Sendable func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(1, bytes, bytes.count)
}

let (lines, input) = AsyncStream.makeStream(of: String.self)
// On a thread of its own: a blocked one of the pool would be missing for the replies.
DispatchQueue.global().async {
    while let line = readLine() { input.yield(line) }
    input.finish()
}

try await ConsoleServer.run(snapshot: { system.snapshot() }, actions: system) { console in
    say(console.url)
    for await line in lines {
        say(system.happen(line) ? "ok" : "there is no event '\(line)'")
    }
}
