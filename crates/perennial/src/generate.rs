//! `perennial generate`: shell completions and the manual page, out of the options themselves.

use std::io::Write;

use clap::{Args, CommandFactory, ValueEnum};

use crate::cli::Cli;

/// Print shell completions or the manual page.
#[derive(Debug, Args)]
pub struct Generate {
    /// What to print
    what: What,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// Manual page
    Man,
    /// Completions for Bash
    Bash,
    /// Completions for Zsh
    Zsh,
    /// Completions for fish
    Fish,
    /// Completions for PowerShell
    Powershell,
}

/// Prints it.
pub fn run(args: &Generate) -> anyhow::Result<()> {
    use clap_complete::Shell;
    let mut command = Cli::command();
    let mut out = Vec::new();
    let shell = match args.what {
        What::Man => {
            clap_mangen::Man::new(command.clone()).render(&mut out)?;
            None
        }
        What::Bash => Some(Shell::Bash),
        What::Zsh => Some(Shell::Zsh),
        What::Fish => Some(Shell::Fish),
        What::Powershell => Some(Shell::PowerShell),
    };
    if let Some(shell) = shell {
        clap_complete::generate(shell, &mut command, "perennial", &mut out);
    }
    std::io::stdout().write_all(&out)?;
    Ok(())
}
