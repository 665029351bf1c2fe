//! The README shows what is compiled and runs what works.

#[test]
fn the_example_of_the_readme_is_the_one_that_is_compiled() {
    let readme = include_str!("../../../README.md");
    let (_, example) = readme.split_once("```rust\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    assert!(include_str!("../examples/embed.rs").contains(example));
    assert!(
        example.lines().count() <= 20,
        "{} lines",
        example.lines().count()
    );
}
