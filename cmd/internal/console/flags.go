package console

import (
	"errors"
	"strconv"

	"github.com/spf13/cobra"
)

// Complete registers the values that the shell completes for a flag.
func Complete(cmd *cobra.Command, flag string, words ...string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // only a programming error names an unknown flag
	}
}

// Positive is the value of a flag that takes a number from 1; 0 if the flag is not given.
type Positive int

// String returns the number in decimal.
func (n *Positive) String() string { return strconv.Itoa(int(*n)) }

// Type names the value in help texts, as for other numbers.
func (n *Positive) Type() string { return "int" }

// Set rejects what is not a number from 1.
func (n *Positive) Set(text string) error {
	i, err := strconv.Atoi(text)
	if err != nil || i < 1 {
		return errors.New("it is not a number from 1")
	}
	*n = Positive(i)
	return nil
}
