"""The database: two engines, same statements; residents' words sealed; one town never sees another."""
