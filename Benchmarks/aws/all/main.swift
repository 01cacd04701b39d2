// The AWS engine with the models of all services; run.py drives it and names the figures.
//
//     aws-benchmark call     calls DescribeInstances where the environment says; prints the peak memory in kB
//     aws-benchmark setup    prints the µs to make a client of EC2, those of its first call, answered with the bytes of
//                            standard input, and those to make a client of every service
//     aws-benchmark parse    prints the µs of a call that is answered with the bytes of standard input
import AWS
import Basics
import Glibc
import JSON
import Transport

/// Answers every request with the same bytes.
struct Answer: HTTPExecuting {
    let body: [UInt8]

    func execute(_ request: HTTPRequest) async throws -> HTTPResponse { HTTPResponse(status: 200, body: body) }
}

func bytes(of descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
        let piece = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        if piece.isEmpty { return bytes }
        bytes += piece
    }
}

/// The process's peak of resident memory, in kB.
func peakMemory() -> Int {
    let status = String(decoding: bytes(of: open("/proc/self/status", O_RDONLY)), as: UTF8.self)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
}

/// How long something takes, in microseconds.
func time(_ body: () async throws -> Void) async rethrows -> Double {
    let start = ContinuousClock.now
    try await body()
    return (ContinuousClock.now - start) / .microseconds(1)
}

try EventLoop.run { loop in
    var configuration = try AWSConfiguration(environment: Environment.current().variables, loop: loop)
    let command = CommandLine.arguments.last
    if command != "call" { configuration.http = Answer(body: bytes(of: STDIN_FILENO)) }
    let settings = configuration
    switch command {
    case "call":
        _ = try await AWSClient(.ec2, configuration: settings).call("DescribeInstances")
        print(peakMemory())
    case "setup":
        let client = try await time { _ = try AWSClient(.ec2, configuration: settings) }
        let call = try await time { _ = try await AWSClient(.ec2, configuration: settings).call("DescribeInstances") }
        let all = try await time {
            for (service, _) in AWSService.all { _ = try AWSClient(service, configuration: settings) }
        }
        print(client, call, all)
    case "parse":
        let client = try AWSClient(.ec2, configuration: settings)
        var best = Double.infinity
        for _ in 0..<15 { best = min(best, try await time { _ = try await client.call("DescribeInstances") }) }
        print(best)
    default: print("usage: aws-benchmark call|setup|parse")
    }
}
