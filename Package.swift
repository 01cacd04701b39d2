// swift-tools-version: 6.2
import PackageDescription

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

// Functions go without unwind tables; the linker script says why.
let functionLinking = [
    LinkerSetting.unsafeFlags(
        [
            "-Xlinker", "--no-eh-frame-hdr", "-Xlinker", "-T", "-Xlinker",
            "\(Context.packageDirectory)/Tools/functions.ld",
        ],
        .when(configuration: .release)
    )
]

// Targets build on one another downwards only; README.md, "Architecture", draws the picture. Handlers are modules of
// their own because the linker keeps unused conforming types: two handlers in one module end up in each other's binary.
let package = Package(
    name: "tocsin",
    products: [
        .executable(name: "metric-writer", targets: ["metric-writer"]),
        .executable(name: "uptime-checker", targets: ["uptime-checker"]),
        .executable(name: "notifier", targets: ["notifier"]),
        .executable(name: "notifier-fc", targets: ["notifier-fc"]),
        .executable(name: "sla-runner", targets: ["sla-runner"]),
        .executable(name: "tocsin", targets: ["tocsin"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        // Without its default trait: that one brings in Foundation.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    ],
    targets: [
        // System libraries. libcurl is the minimal static one that build.sh compiles into .build/static.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl"),
        .systemLibrary(name: "CCares", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CLinux"),

        // Libraries.
        .target(name: "JSON"),
        .target(name: "YAML", dependencies: ["CYAML", "JSON"]),
        .target(name: "RegularExpressions", dependencies: ["CPCRE2"]),
        .target(name: "Transport", dependencies: ["CCurl", "CCares", "CLinux", "COpenSSL", "JSON"]),
        .target(name: "AWSModels"),
        .target(name: "AWS", dependencies: ["AWSModels", "Transport", "JSON", "COpenSSL", "CExpat", "CZlib"]),
        .target(name: "Events", dependencies: ["JSON"]),
        .target(name: "FunctionRuntime", dependencies: ["JSON", logging]),
        .target(name: "LambdaRuntime", dependencies: ["FunctionRuntime", "Transport", "JSON", "CLinux", logging]),
        .target(
            name: "FunctionCompute",
            dependencies: [
                "FunctionRuntime", "JSON", logging, nioCore,
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .target(name: "CloudWatchMetrics", dependencies: ["AWS", "FunctionRuntime", "Transport", "JSON"]),

        // Handlers and engines: logic that knows no host.
        .target(
            name: "MetricWriter",
            dependencies: ["FunctionRuntime", "Events", "CloudWatchMetrics", "AWS", "Transport", "JSON", logging]
        ),
        .target(
            name: "UptimeChecker",
            dependencies: [
                "FunctionRuntime", "Events", "CloudWatchMetrics", "AWS", "Transport", "JSON", "YAML",
                "RegularExpressions", logging,
            ]
        ),
        .target(
            name: "Notifier",
            dependencies: [
                "FunctionRuntime", "Events", "AWS", "Transport", "JSON", "YAML", "RegularExpressions", logging,
            ]
        ),
        .target(
            name: "SLARunner",
            dependencies: ["AWS", "Events", "FunctionRuntime", "Transport", "JSON", subprocess, systemPackage]
        ),
        .target(
            name: "LocalCloud",
            dependencies: [
                "AWS", "Transport", "JSON", logging, subprocess, systemPackage, nioCore,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            ]
        ),

        // Executables: they compose.
        .executableTarget(
            name: "metric-writer",
            dependencies: ["AWS", "FunctionRuntime", "LambdaRuntime", "MetricWriter", "Transport"],
            path: "lambda/metric-writer", linkerSettings: functionLinking
        ),
        .executableTarget(
            name: "uptime-checker",
            dependencies: ["AWS", "FunctionRuntime", "LambdaRuntime", "UptimeChecker", "Transport"],
            path: "lambda/uptime-checker", linkerSettings: functionLinking
        ),
        .executableTarget(
            name: "notifier",
            dependencies: ["AWS", "FunctionRuntime", "LambdaRuntime", "Notifier", "Transport"],
            path: "lambda/notifier", linkerSettings: functionLinking
        ),
        .executableTarget(
            name: "notifier-fc",
            dependencies: ["AWS", "FunctionRuntime", "FunctionCompute", "Notifier", "Transport"],
            path: "fc/notifier", linkerSettings: functionLinking
        ),
        .executableTarget(name: "sla-runner", dependencies: ["SLARunner", "FunctionRuntime"]),
        .executableTarget(
            name: "tocsin",
            dependencies: [
                "LocalCloud", "UptimeChecker", "Notifier", "FunctionRuntime", "AWS", "Transport", "JSON", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .executableTarget(
            name: "echo", dependencies: ["FunctionRuntime", "LambdaRuntime"], path: "Benchmarks/echo",
            linkerSettings: functionLinking),
        .executableTarget(
            name: "notifier-benchmark", dependencies: ["Notifier", "FunctionRuntime", "Transport", "JSON", logging],
            path: "Benchmarks/notifier", exclude: ["run.py"]
        ),
        .executableTarget(
            name: "json-benchmark", dependencies: ["JSON"], path: "Benchmarks/json", exclude: ["run.py"]
        ),

        // Tests.
        .target(name: "TestSupport", dependencies: ["JSON"], path: "Tests/Support"),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"]),
        .testTarget(name: "YAMLTests", dependencies: ["YAML", "JSON", "TestSupport"]),
        .testTarget(name: "RegularExpressionsTests", dependencies: ["RegularExpressions"]),
        .testTarget(name: "TransportTests", dependencies: ["Transport", "JSON", "TestSupport"]),
        .testTarget(name: "AWSTests", dependencies: ["AWS", "AWSModels", "Transport", "JSON", "TestSupport"]),
        .testTarget(name: "EventsTests", dependencies: ["Events", "JSON", "TestSupport"]),
        .testTarget(name: "FunctionRuntimeTests", dependencies: ["FunctionRuntime", "JSON", logging]),
        .testTarget(
            name: "LambdaRuntimeTests",
            dependencies: ["echo", "LambdaRuntime", "FunctionRuntime", "Transport", "JSON", "TestSupport", logging]
        ),
        .testTarget(
            name: "MetricWriterTests",
            dependencies: [
                "MetricWriter", "Events", "CloudWatchMetrics", "AWS", "FunctionRuntime", "Transport", "JSON",
                "TestSupport",
                logging,
            ]
        ),
        .testTarget(
            name: "CloudWatchMetricsTests",
            dependencies: ["CloudWatchMetrics", "AWS", "Transport", "JSON", "TestSupport"]),
        .testTarget(
            name: "UptimeCheckerTests",
            dependencies: [
                "UptimeChecker", "Events", "CloudWatchMetrics", "AWS", "FunctionRuntime", "Transport", "JSON", "YAML",
                "RegularExpressions", "TestSupport", logging,
            ]
        ),
        .testTarget(
            name: "NotifierTests",
            dependencies: [
                "Notifier", "Events", "AWS", "FunctionRuntime", "Transport", "JSON", "YAML", "TestSupport", logging,
            ],
            exclude: ["Outputs/Bodies", "Samples"]
        ),
        .testTarget(
            name: "FunctionComputeTests",
            dependencies: [
                "notifier-fc", "FunctionCompute", "FunctionRuntime", "Transport", "JSON", "TestSupport", logging,
            ]
        ),
        .testTarget(
            name: "SLARunnerTests",
            dependencies: [
                "sla-runner", "SLARunner", "AWS", "Events", "FunctionRuntime", "Transport", "JSON", "TestSupport",
            ]
        ),
        .testTarget(name: "LocalCloudTests", dependencies: ["LocalCloud", "JSON", "TestSupport"]),
        .testTarget(name: "IntegrationTests", dependencies: ["JSON", "TestSupport"]),
    ]
)

// `./build.sh sanitize` looks at one target and builds only what that needs.
if Context.environment["TOCSIN_SANITIZE"] != nil {
    let kept: Set<String> = ["Transport", "JSON", "TestSupport", "TransportTests"]
    package.targets.removeAll { $0.type != .system && !kept.contains($0.name) }
    package.products = []
    package.dependencies = []
}

/// Whatever may go into a zip does without Regex and the string searches of `_StringProcessing`: they weigh 1.3 MB.
let withStringProcessing: Set<String> = ["LocalCloud", "tocsin", "TestSupport", "json-benchmark"]

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .treatAllWarnings(as: .error),
    ]
    if target.type != .test && !withStringProcessing.contains(target.name) {
        target.swiftSettings?.append(
            .unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"])
        )
    }
}
