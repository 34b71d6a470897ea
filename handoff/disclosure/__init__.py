"""開示請求: what a person may see of their own record, prepared so that people decide each piece of it."""
