// swift-tools-version: 6.2
import PackageDescription

// Targets build on one another downwards only; README.md, "Architecture", draws the picture. Handlers are modules of
// their own because the linker keeps unused conforming types: two handlers in one module end up in each other's binary.
let package = Package(
    name: "tocsin",
    products: [
        .executable(name: "metric-writer", targets: ["metric-writer"]),
        .executable(name: "sla-runner", targets: ["sla-runner"]),
        .executable(name: "tocsin", targets: ["tocsin"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // Without its default trait: that one brings in Foundation.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ],
    targets: [
        // System libraries. libcurl is the minimal static one that build.sh compiles into .build/static.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl"),
        .systemLibrary(name: "CCares", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),

        // Libraries.
        .target(name: "JSON"),
        .target(name: "Transport", dependencies: ["CCurl", "CCares", "CLinux", "COpenSSL", "JSON"]),
        .target(name: "AWSModels"),
        .target(
            name: "AWS",
            dependencies: [
                "AWSModels", "Transport", "JSON", "COpenSSL", "CExpat", "CZlib",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(name: "Events", dependencies: ["JSON"]),
        .target(name: "FunctionRuntime", dependencies: ["JSON", .product(name: "Logging", package: "swift-log")]),
        .target(
            name: "LambdaRuntime",
            dependencies: ["FunctionRuntime", "Transport", "JSON", .product(name: "Logging", package: "swift-log")]
        ),

        // Handlers and engines: logic that knows no host.
        .target(
            name: "MetricWriter",
            dependencies: [
                "FunctionRuntime", "Events", "AWS", "AWSModels", "Transport", "JSON",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "SLARunner",
            dependencies: [
                "AWS", "AWSModels", "Events", "FunctionRuntime", "Transport", "JSON",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]
        ),
        .target(
            name: "LocalCloud",
            dependencies: [
                "AWS", "AWSModels", "Events", "FunctionRuntime", "Transport", "JSON",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]
        ),

        // Executables: they compose.
        .executableTarget(
            name: "metric-writer", dependencies: ["AWS", "AWSModels", "LambdaRuntime", "MetricWriter", "Transport"],
            path: "lambda/metric-writer"
        ),
        .executableTarget(name: "sla-runner", dependencies: ["SLARunner", "AWS", "AWSModels", "Transport"]),
        .executableTarget(
            name: "tocsin",
            dependencies: [
                "LocalCloud", "Events", "JSON", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .executableTarget(
            name: "echo", dependencies: ["FunctionRuntime", "LambdaRuntime"], path: "Benchmarks/echo"
        ),
        .executableTarget(name: "json-benchmark", dependencies: ["JSON"], path: "Benchmarks/json"),

        // Tests.
        .target(name: "TestSupport", dependencies: ["JSON"], path: "Tests/Support"),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"]),
        .testTarget(name: "TransportTests", dependencies: ["Transport", "TestSupport"]),
        .testTarget(name: "AWSTests", dependencies: ["AWS", "AWSModels", "Transport", "JSON", "TestSupport"]),
        .testTarget(name: "EventsTests", dependencies: ["Events", "JSON", "TestSupport"]),
        .testTarget(name: "FunctionRuntimeTests", dependencies: ["FunctionRuntime", "JSON", "TestSupport"]),
        .testTarget(
            name: "LambdaRuntimeTests",
            dependencies: ["LambdaRuntime", "FunctionRuntime", "Transport", "JSON", "TestSupport"]
        ),
        .testTarget(
            name: "MetricWriterTests",
            dependencies: [
                "MetricWriter", "Events", "AWS", "AWSModels", "FunctionRuntime", "Transport", "JSON", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "SLARunnerTests",
            dependencies: ["SLARunner", "AWS", "AWSModels", "FunctionRuntime", "Transport", "JSON", "TestSupport"]
        ),
        .testTarget(name: "LocalCloudTests", dependencies: ["LocalCloud", "JSON", "TestSupport"]),
        .testTarget(name: "IntegrationTests", dependencies: ["JSON", "TestSupport"]),
    ]
)

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
